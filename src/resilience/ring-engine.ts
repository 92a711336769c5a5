import { CountWindow, TimeWindow, type CallWindow } from './call-window.js';
import {
  CircuitBreakerEngine,
  type CircuitOutcome,
  type CircuitState,
  type EngineCapabilities,
  type EngineHost,
  type SeenCalls,
} from './circuit-breaker-engine.js';

interface Closed {
  readonly kind: 'closed';
  /** Made for the first call: there may be a breaker for each of many keys. */
  window: CallWindow | undefined;
}

interface Open {
  readonly kind: 'open';
  readonly until: number;
}

interface HalfOpen {
  readonly kind: 'halfOpen';
  /** Where calls never end that have a permit, others are let try from here on. */
  readonly until: number;
  taken: number;
  ended: number;
  failures: number;
  slow: number;
}

interface Isolated {
  readonly kind: 'isolated';
}

type State = Closed | Open | HalfOpen | Isolated;

const all: EngineCapabilities = {
  countWindow: true,
  slowCalls: true,
  halfOpenPermits: true,
  exactRatio: true,
  timerless: true,
};

/**
 * The engine that is used unless told otherwise. Its state is replaced as a whole and is the ticket of the calls that it
 * lets through, so the result of a call from an older state is known by that. Time is asked, never waited for.
 */
export class RingEngine extends CircuitBreakerEngine<object> {
  readonly name = 'ring';
  readonly capabilities = all;
  readonly #host: EngineHost;
  #state: State;
  /** How often it has opened since it was closed the last time. */
  #opened: number;

  constructor(host: EngineHost) {
    super();
    this.#host = host;
    this.#state = newClosed();
    this.#opened = 0;
  }

  enter(now: number): object | undefined {
    const state = this.#state;
    switch (state.kind) {
      case 'closed':
        return state;
      case 'isolated':
        return undefined;
      case 'open':
        return now < state.until ? undefined : this.#tryAgain(now);
      case 'halfOpen':
        if (state.taken < this.#host.options.permittedCallsInHalfOpen) return this.#takePermit(state);
        return now < state.until ? undefined : this.#tryAgain(now);
    }
  }

  leave(ticket: object, outcome: CircuitOutcome, duration: number, now: number): void {
    const state = this.#state;
    if (ticket !== state) return;
    const { slowCallDuration } = this.#host.options;
    const slow = slowCallDuration !== undefined && duration >= slowCallDuration;
    if (state.kind === 'closed') {
      if (outcome === 'ignored' && !slow) return;
      const window = (state.window ??= this.#newWindow(now));
      window.add(outcome === 'failure', slow, now);
      // By a success too: it may be the call that makes enough, or others of the window may be forgotten with it.
      this.#openIfBad(window, now);
    } else if (state.kind === 'halfOpen') {
      if (outcome === 'ignored') state.taken--;
      else this.#countTrial(state, outcome === 'failure', slow, now);
    }
  }

  state(now: number): CircuitState {
    const state = this.#state;
    return state.kind === 'open' && now >= state.until ? 'halfOpen' : state.kind;
  }

  retryAfter(now: number): number {
    const state = this.#state;
    switch (state.kind) {
      case 'closed':
        return 0;
      case 'isolated':
        return Infinity;
      case 'open':
      case 'halfOpen':
        return Math.max(0, state.until - now);
    }
  }

  override seen(now: number): SeenCalls | undefined {
    const state = this.#state;
    switch (state.kind) {
      case 'closed':
        state.window?.forget(now);
        return seenOf(state.window?.total, state.window?.failures, state.window?.slow);
      case 'halfOpen':
        return seenOf(state.ended, state.failures, state.slow);
      case 'open':
        return now < state.until ? undefined : seenOf();
      case 'isolated':
        return undefined;
    }
  }

  isolate(): void {
    this.#become({ kind: 'isolated' });
  }

  close(): void {
    this.#opened = 0;
    this.#become(newClosed());
  }

  forget(): void {
    if (this.#state.kind === 'closed') this.#state = newClosed();
  }

  reset(): void {
    this.close();
  }

  #openIfBad({ total, failures, slow }: CallWindow, now: number): void {
    const { minimumCalls, failureRatio, slowCallRatio, slowCallDuration } = this.#host.options;
    if (total < minimumCalls) return;
    const isSlow = slowCallDuration !== undefined && slow / total >= slowCallRatio;
    if (failures / total >= failureRatio || isSlow) this.#open(now);
  }

  /** Decides as soon as the calls that have not ended yet cannot change it. */
  #countTrial(state: HalfOpen, failed: boolean, slow: boolean, now: number): void {
    const { permittedCallsInHalfOpen: permits, failureRatio, slowCallRatio, slowCallDuration } = this.#host.options;
    state.ended++;
    if (failed) state.failures++;
    if (slow) state.slow++;
    const left = permits - state.ended;
    const isBad = (seen: number, ratio: number): boolean => seen / permits >= ratio;
    const checksSlow = slowCallDuration !== undefined;
    if (isBad(state.failures, failureRatio) || (checksSlow && isBad(state.slow, slowCallRatio))) this.#open(now);
    else if (!isBad(state.failures + left, failureRatio) && !(checksSlow && isBad(state.slow + left, slowCallRatio))) {
      this.close();
    }
  }

  #open(now: number): void {
    this.#opened++;
    this.#become({ kind: 'open', until: now + this.#host.openDuration(this.#opened) });
  }

  #takePermit(state: HalfOpen): HalfOpen {
    state.taken++;
    return state;
  }

  /** Who is told of the new state may give it another, or take the permits: so the call is asked for anew. */
  #tryAgain(now: number): object | undefined {
    const until = now + this.#host.openDuration(Math.max(1, this.#opened));
    this.#become({ kind: 'halfOpen', until, taken: 0, ended: 0, failures: 0, slow: 0 });
    return this.enter(now);
  }

  #newWindow(now: number): CallWindow {
    const { window } = this.#host.options;
    return typeof window === 'number' ? new TimeWindow(window, now) : new CountWindow(window.calls);
  }

  #become(state: State): void {
    const from = this.#state.kind;
    this.#state = state;
    if (from !== state.kind) this.#host.onStateChange(from, state.kind);
  }
}

function seenOf(calls = 0, failures = 0, slow = 0): SeenCalls {
  return { calls, failures, slow };
}

function newClosed(): Closed {
  return { kind: 'closed', window: undefined };
}
