import { channel } from 'node:diagnostics_channel';

/** What an application tells of its life: plain strings and numbers, so that anybody can record them. */
export interface LifecycleEvents {
  /** A server has opened its port. */
  readonly 'server:started': { readonly application: string; readonly server: string; readonly url: string };
  readonly 'request:started': {
    readonly application: string;
    readonly server: string;
    readonly method: string;
    readonly url: string;
  };
  /** `finished` is false where the client left, or was cut off, before the answer was whole. */
  readonly 'request:finished': {
    readonly application: string;
    readonly server: string;
    readonly method: string;
    readonly url: string;
    /** The path of the route, such as `/orders/:id`; undefined where none of ours answered. */
    readonly route: string | undefined;
    readonly status: number;
    readonly finished: boolean;
  };
  /** `server` is undefined where the phase is that of the whole application. */
  readonly 'phase:entered': {
    readonly application: string;
    readonly server: string | undefined;
    readonly phase: string;
    readonly previous: string;
  };
  /** Once a second while an application drains. Times in milliseconds. */
  readonly 'drain:progress': {
    readonly application: string;
    readonly inFlight: number;
    readonly connections: number;
    readonly remaining: number;
  };
  /** A hook or a service threw, or ran out of time. */
  readonly 'hook:failed': {
    readonly application: string;
    readonly hook: string;
    readonly name: string;
    readonly reason: string;
  };
  readonly stopped: {
    readonly application: string;
    readonly reason: string;
    readonly exitCode: number;
    readonly duration: number;
  };
}

export type LifecycleEvent = keyof LifecycleEvents;

type Listener<N extends LifecycleEvent> = (event: LifecycleEvents[N]) => void;

/** Tells listeners, and the channel `bowline:<event>` of `node:diagnostics_channel`. What a listener throws is handed to `onError`. */
export class EventSource {
  readonly application: string;
  readonly #onError: (error: unknown) => void;
  #requestListeners = 0;
  readonly #listeners = new Map<LifecycleEvent, Set<(event: never) => void>>();

  constructor(application: string, onError: (error: unknown) => void) {
    this.application = application;
    this.#onError = onError;
  }

  /** Returns a function that takes the listener away again. */
  on<N extends LifecycleEvent>(name: N, listener: Listener<N>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    this.#countRequestListeners();
    return () => {
      listeners.delete(listener);
      this.#countRequestListeners();
    };
  }

  /** Whether anybody would hear of a request: it tells of itself only then. */
  get hearsRequests(): boolean {
    return this.#requestListeners > 0 || started.hasSubscribers || finished.hasSubscribers;
  }

  emit<N extends LifecycleEvent>(name: N, event: Omit<LifecycleEvents[N], 'application'>): void {
    const whole = { application: this.application, ...event } as unknown as LifecycleEvents[N];
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        (listener as Listener<N>)(whole);
      } catch (error) {
        this.#onError(error);
      }
    }
    channels[name].publish(whole);
  }

  #countRequestListeners(): void {
    const count = (name: LifecycleEvent): number => this.#listeners.get(name)?.size ?? 0;
    this.#requestListeners = count('request:started') + count('request:finished');
  }
}

const started = channel('bowline:request:started');
const finished = channel('bowline:request:finished');
const channels = {
  'server:started': channel('bowline:server:started'),
  'request:started': started,
  'request:finished': finished,
  'phase:entered': channel('bowline:phase:entered'),
  'drain:progress': channel('bowline:drain:progress'),
  'hook:failed': channel('bowline:hook:failed'),
  stopped: channel('bowline:stopped'),
} as const satisfies Record<LifecycleEvent, unknown>;
