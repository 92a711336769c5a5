import { RequestScopeRunner, type RequestScopeOptions, type ScopedWork } from '../container/index.js';
import { BowlineError } from '../foundation/index.js';

/** Is bound before there is an application, and runs jobs by the one that comes of it. */
export class LateRunner extends RequestScopeRunner {
  #runner: RequestScopeRunner | undefined = undefined;

  /** Says who runs jobs from now on. */
  use(runner: RequestScopeRunner): void {
    this.#runner = runner;
  }

  async runInRequestScope<T>(work: ScopedWork<T>, options?: RequestScopeOptions): Promise<T> {
    if (this.#runner !== undefined) return this.#runner.runInRequestScope(work, options);
    const mend = 'Await start() or listen() first.';
    throw new BowlineError('BOW_WRONG_STATE', { call: 'runInRequestScope()', state: 'created', mend });
  }
}
