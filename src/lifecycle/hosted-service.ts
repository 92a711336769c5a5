import type { Deadline } from '../foundation/index.js';
import type { StopReason } from './stop-reason.js';

/** What a service is told when it is to start. */
export interface StartContext {
  readonly deadline: Deadline;
  /** Aborts when the start is given up: it took too long, or the process was told to stop. */
  readonly signal: AbortSignal;
}

/** What a service is told when it is to stop. */
export interface StopContext {
  readonly reason: StopReason;
  /** When this phase ends, whether it is done or not. */
  readonly deadline: Deadline;
  /** Aborts when nobody waits any longer: its time is over, or somebody insisted. */
  readonly signal: AbortSignal;
}

/** What a service is busy with. */
export interface Activity {
  /** Pieces of work under way: requests, messages, jobs. */
  readonly active: number;
}

/** A piece of work that was still under way when everything had to be closed. */
export interface Leftover {
  readonly name: string;
  readonly active: number;
}

/**
 * Something that works beside the servers and must not be cut off in the middle of it: a consumer of a queue, a scheduler, a
 * server of another kind. Bind it in a module, `bind(HostedService).to(OrdersConsumer)`, and it starts and stops with
 * the application. Each method is called once at most; what is absent is skipped.
 */
export abstract class HostedService {
  /** As logs and reports call it. @default the name of the class, with a number where another has that name already */
  readonly name?: string;
  /** The names of servers and hosted services that this one uses: it starts after them, and stops before them. */
  readonly dependsOn?: readonly string[];

  /** Begins to work. The application is not ready before it has resolved; a rejection fails the start. */
  start?(context: StartContext): void | Promise<void>;
  /** Everything is still served; new work should go elsewhere from now on. */
  lameDuck?(context: StopContext): void | Promise<void>;
  /** Takes nothing new, and resolves when what was begun is finished. */
  drain?(context: StopContext): void | Promise<void>;
  /** Ends; what is still under way is lost. */
  stop?(context: StopContext): void | Promise<void>;
  activity?(): Activity;
}
