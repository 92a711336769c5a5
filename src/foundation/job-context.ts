import { randomUUID } from 'node:crypto';
import type { Deadline } from './deadline.js';
import { CallContext, type CallTarget } from './execution-context.js';

export interface JobContextOptions {
  /** What log lines call it. @default a new one */
  readonly id?: string;
  /** Aborts when the job is to stop. The job's own signal aborts with it, and with that of the deadline. @default one that never does */
  readonly signal?: AbortSignal | undefined;
  /** How long the job may take. Whoever made it disposes of it. @default none */
  readonly deadline?: Deadline | undefined;
}

/** The call that a job is: a place for values under context keys, where there is no request. */
export class JobContext extends CallContext {
  readonly kind = 'job';
  readonly id: string;
  readonly signal: AbortSignal;
  readonly deadline: Deadline | undefined;
  readonly target: CallTarget | undefined = undefined;

  constructor({ id = randomUUID(), signal, deadline }: JobContextOptions = {}) {
    super();
    this.id = id;
    this.signal = eitherOf(signal, deadline?.signal);
    this.deadline = deadline;
  }
}

function eitherOf(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal {
  if (one === undefined || other === undefined) return one ?? other ?? new AbortController().signal;
  return AbortSignal.any([one, other]);
}
