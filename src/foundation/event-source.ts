import { channel, type Channel } from 'node:diagnostics_channel';
import { BowlineError } from './errors.js';
import { nearestName } from './nearest-name.js';
import { describeValue } from './options-check.js';

/** One kind of event: who listens, and the channel of `node:diagnostics_channel` that hears the same. */
export class EventLine<E> {
  readonly #listeners = new Set<(event: E) => void>();
  readonly #channel: Channel;
  readonly #onError: (error: unknown) => void;

  constructor(name: string, onError: (error: unknown) => void) {
    this.#channel = channel(name);
    this.#onError = onError;
  }

  /** Whether anybody would hear: what is costly to tell is put together only then. */
  get isHeard(): boolean {
    return this.#listeners.size > 0 || this.#channel.hasSubscribers;
  }

  /** Returns a function that takes the listener away again. */
  on(listener: (event: E) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  emit(event: E): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#onError(error);
      }
    }
    this.#channel.publish(event);
  }
}

/**
 * Tells listeners, and the channel `bowline:<event>` of `node:diagnostics_channel`, of a closed set of events: plain
 * strings and numbers, so that anybody can record them. What a listener throws is handed to `onError`.
 */
export class EventSource<Events extends object> {
  readonly #lines: { readonly [N in keyof Events]?: EventLine<Events[N]> };

  /** `area` stands between `bowline:` and the name of the event. */
  constructor(names: readonly (keyof Events & string)[], area: string, onError: (error: unknown) => void) {
    const lines = names.map((name) => [name, new EventLine(`bowline:${area}${name}`, onError)] as const);
    this.#lines = Object.fromEntries(lines) as never;
  }

  /** Everything about one kind of event, for who tells of it often. */
  line<N extends keyof Events>(name: N): EventLine<Events[N]> {
    const line = this.#lines[name];
    if (line !== undefined) return line;
    const known = Object.keys(this.#lines);
    throw new BowlineError('BOW_EVENT_UNKNOWN', {
      event: String(name),
      nearest: nearestName(String(name), known),
      known,
    });
  }

  /** Returns a function that takes the listener away again. Throws BOW_EVENT_UNKNOWN for a name that never comes, BOW_OPTION_INVALID for what is no function. */
  on<N extends keyof Events>(name: N, listener: (event: Events[N]) => void): () => void {
    const line = this.line(name);
    if (typeof listener !== 'function') {
      throw new BowlineError('BOW_OPTION_INVALID', {
        option: `on('${String(name)}', ...)`,
        got: `given ${describeValue(listener)}`,
        expected: 'given a function',
      });
    }
    return line.on(listener);
  }
}
