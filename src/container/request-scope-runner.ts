import type { ResolutionContext } from 'inversify';
import type { CallContext, Deadline } from '../foundation/index.js';

export interface RequestScopeOptions {
  /** What stands for the call: it can be injected, and has the values under context keys. @default a new {@link JobContext} */
  readonly context?: CallContext;
  /** How long the job may take, as {@link deadlineAfter} makes one; a `context` has its own, and takes none beside it. @default none */
  readonly deadline?: Deadline | undefined;
}

/**
 * What is done in a request scope: `services` make, or find, what is in it; `context` takes values that these inject under context keys, before they
 * are asked for.
 */
export type ScopedWork<T> = (services: ResolutionContext, context: CallContext) => T | Promise<T>;

/** How a service of a module runs jobs in request scopes of their own. Inject it; it is `app.runInRequestScope`. */
export abstract class RequestScopeRunner {
  /** Throws BOW_WRONG_STATE before the application has started and once it has stopped. */
  abstract runInRequestScope<T>(work: ScopedWork<T>, options?: RequestScopeOptions): Promise<T>;
}
