import { randomUUID } from 'node:crypto';
import { CallContext, type CallTarget } from './execution-context.js';

export interface JobContextOptions {
  /** What log lines call it. @default a new one */
  readonly id?: string;
  /** Aborts when the job is to stop. @default one that never does */
  readonly signal?: AbortSignal;
}

/** The call that a job is: a place for values under context keys, where there is no request. */
export class JobContext extends CallContext {
  readonly kind = 'job';
  readonly id: string;
  readonly signal: AbortSignal;
  readonly target: CallTarget | undefined = undefined;

  constructor({ id = randomUUID(), signal = new AbortController().signal }: JobContextOptions = {}) {
    super();
    this.id = id;
    this.signal = signal;
  }
}
