import {
  callersDeadlinePassed,
  LinkedList,
  longestDelay,
  type Clock,
  type Linked,
  type Timer,
} from '../foundation/index.js';
import type { ExecuteOptions } from './ongoing-call.js';

/** What is to end when its caller leaves. */
interface Cancellable {
  cancel(reason: unknown): void;
}

/**
 * Knows which calls of a pipeline have which caller's signal. One listener serves all calls that have the same one, and
 * stays as long as that does: to add and remove one for each call would cost as much as the rest of the pipeline.
 */
export class CallerSignals {
  readonly #watches = new WeakMap<AbortSignal, LinkedList<CallerWatch>>();

  of(signal: AbortSignal): LinkedList<CallerWatch> {
    let watches = this.#watches.get(signal);
    if (watches === undefined) {
      watches = new LinkedList();
      this.#watches.set(signal, watches);
      listen(signal, watches);
    }
    return watches;
  }
}

function listen(signal: AbortSignal, watches: LinkedList<CallerWatch>): void {
  const tellAll = (): void => {
    for (let each = watches.first; each !== undefined; each = watches.first) {
      watches.remove(each);
      each.tell(signal.reason);
    }
  };
  signal.addEventListener('abort', tellAll, { once: true });
}

/** Whether the caller of one call still waits: by its signal, and by its deadline. */
export class CallerWatch implements Linked<CallerWatch> {
  /** By the clock's `elapsed()`; Infinity without a deadline. */
  readonly deadlineAt: number;
  previous: CallerWatch | undefined;
  next: CallerWatch | undefined;
  isLinked: boolean;
  readonly #call: Cancellable;
  readonly #options: ExecuteOptions;
  readonly #pipeline: string;
  #watches: LinkedList<CallerWatch> | undefined;
  #timer: Timer | undefined;
  #stopListening: (() => void) | undefined;

  constructor(call: Cancellable, options: ExecuteOptions, pipeline: string, now: number) {
    this.previous = undefined;
    this.next = undefined;
    this.isLinked = false;
    this.#call = call;
    this.#options = options;
    this.#pipeline = pipeline;
    this.#watches = undefined;
    this.#timer = undefined;
    this.#stopListening = undefined;
    const { deadline } = options;
    this.deadlineAt = deadline === undefined ? Infinity : now + remainingOf(deadline);
  }

  /** Begins to watch; where the caller has left already, returns why. */
  begin(signals: CallerSignals, clock: Clock, now: number): { readonly reason: unknown } | undefined {
    const { signal, deadline } = this.#options;
    if (signal?.aborted === true) return { reason: signal.reason };
    // Whoever set the deadline does not wait any longer, though there is time left.
    if (typeof deadline === 'object' && deadline.signal.aborted && !deadline.expired)
      return { reason: deadline.signal.reason };
    // Neither is what is no number in the future.
    if (!(this.deadlineAt > now)) return { reason: callersDeadlinePassed(this.#pipeline) };
    if (signal !== undefined) {
      this.#watches = signals.of(signal);
      this.#watches.append(this);
    }
    if (typeof deadline === 'number') {
      if (deadline <= longestDelay)
        this.#timer = clock.schedule(() => this.tell(callersDeadlinePassed(this.#pipeline)), deadline);
    } else if (deadline !== undefined) {
      // A deadline may be moved: its signal knows, where a timer of ours would not. That of a request aborts when its client leaves, too.
      const { signal: passed } = deadline;
      const expire = (): void => this.tell(deadline.expired ? callersDeadlinePassed(this.#pipeline) : passed.reason);
      passed.addEventListener('abort', expire, { once: true });
      this.#stopListening = () => passed.removeEventListener('abort', expire);
    }
    return undefined;
  }

  tell(reason: unknown): void {
    this.#call.cancel(reason);
  }

  end(): void {
    this.#watches?.remove(this);
    this.#timer?.cancel();
    this.#stopListening?.();
  }
}

function remainingOf(deadline: NonNullable<ExecuteOptions['deadline']>): number {
  return typeof deadline === 'number' ? deadline : deadline.remaining;
}
