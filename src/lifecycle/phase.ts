import {
  logSafely,
  type LifecycleEventSource,
  type LifecycleEvent,
  type LifecycleEvents,
  type Logger,
} from '../foundation/index.js';

/**
 * Where an application or a server stands in its life; it only goes forward, and may leave phases out.
 *
 * - `created`: nothing has begun.
 * - `starting`: services are built and started, ports are opened.
 * - `ready`: everything is served, and readiness says so.
 * - `lame-duck`: everything is still served, and readiness says no, so that no new client is sent here.
 * - `draining`: nothing new is taken, what is in flight is finished.
 * - `stopping`: no request is left; services are closed.
 * - `stopped`: nothing is left.
 */
export type Phase = 'created' | 'starting' | 'ready' | 'lame-duck' | 'draining' | 'stopping' | 'stopped';

const phases: readonly Phase[] = ['created', 'starting', 'ready', 'lame-duck', 'draining', 'stopping', 'stopped'];

/** Whether `phase` comes before `other`. */
export function isBefore(phase: Phase, other: Phase): boolean {
  return phases.indexOf(phase) < phases.indexOf(other);
}

/** The phases of an application or a server, for whoever watches them. */
export interface Lifecycle {
  readonly phase: Phase;
  /**
   * Resolves once `phase` has been reached, at once where it has been. A phase may be left out, as `ready` is where a start
   * fails: it resolves with the phase that came instead.
   */
  reached(phase: Phase): Promise<Phase>;
  /** Calls `listener` for each event of that name; returns a function that takes it away again. */
  on<N extends LifecycleEvent>(name: N, listener: (event: LifecycleEvents[N]) => void): () => void;
}

interface Waiting {
  readonly phase: Phase;
  readonly resolve: (phase: Phase) => void;
}

/** The phases for whoever walks through them. */
export class PhaseTrack implements Lifecycle {
  readonly #events: LifecycleEventSource;
  readonly #server: string | undefined;
  #phase: Phase = 'created';
  #waiting: Waiting[] = [];

  /** `server` is undefined for the phases of a whole application. */
  constructor(events: LifecycleEventSource, server?: string) {
    this.#events = events;
    this.#server = server;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Goes on to `phase`. False where it is there already, or beyond. */
  enter(phase: Phase): boolean {
    const previous = this.#phase;
    if (!isBefore(previous, phase)) return false;
    this.#phase = phase;
    this.#events.emit('phase:entered', { server: this.#server, phase, previous });
    const reached = this.#waiting.filter((each) => !isBefore(phase, each.phase));
    this.#waiting = this.#waiting.filter((each) => isBefore(phase, each.phase));
    for (const { resolve } of reached) resolve(phase);
    return true;
  }

  reached(phase: Phase): Promise<Phase> {
    if (!isBefore(this.#phase, phase)) return Promise.resolve(this.#phase);
    return new Promise((resolve) => {
      this.#waiting.push({ phase, resolve });
    });
  }

  on<N extends LifecycleEvent>(name: N, listener: (event: LifecycleEvents[N]) => void): () => void {
    return this.#events.on(name, listener);
  }
}

/** Lets an application go on to `phase`, and logs that it does. False where it is there already, or beyond. */
export function enterPhase(track: PhaseTrack, log: Logger, phase: Phase): boolean {
  const entered = track.enter(phase);
  if (entered) logSafely(log, 'info', `The application is ${wordOf(phase)}`, { phase });
  return entered;
}

function wordOf(phase: Phase): string {
  return phase === 'lame-duck' ? 'a lame duck: it serves on, and is not ready for new clients' : phase;
}
