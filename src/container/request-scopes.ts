import { logSafely, type CallContext, type Clock, type Logger } from '../foundation/index.js';
import { RequestScope, type Disposal, type ScopeHome, type ScopeOwner } from './request-scope.js';

/** What scopes of one application need of it. */
export interface RequestScopesParts {
  readonly home: ScopeHome;
  readonly log: Logger;
  readonly clock: Clock;
  /** How long one thing may take to be disposed of. Milliseconds. */
  readonly timeout: number;
}

/** A call that says when it is over, and is waited for until what was made for it is disposed of. */
export interface ScopedCall extends CallContext {
  onClose(listener: () => void): void;
  /** Counts as running until the function that is given back was called. */
  hold(): () => void;
}

/** Opens the scopes of one application and disposes of what was made in them. Nothing is kept of one that made nothing to dispose of. */
export class RequestScopes implements ScopeOwner {
  readonly #parts: RequestScopesParts;
  /** Those that hold something, and how that is disposed of where it has begun. */
  readonly #holding: Map<RequestScope, Promise<void> | undefined>;
  readonly #late: Set<Promise<void>>;
  /** What runs in a scope of its own. None of them rejects. */
  readonly #jobs: Set<Promise<unknown>>;
  readonly #letGo: WeakMap<RequestScope, () => void>;

  constructor(parts: RequestScopesParts) {
    this.#parts = parts;
    this.#holding = new Map();
    this.#late = new Set();
    this.#jobs = new Set();
    this.#letGo = new WeakMap();
  }

  /** A scope for a call, or for a job. Its first user is the caller, who has to release it. */
  open(call: CallContext | undefined): RequestScope {
    return new RequestScope(this.#parts.home, this, call);
  }

  /** How many hold something that is not disposed of yet. */
  get size(): number {
    return this.#holding.size;
  }

  /** Runs `work` in a scope of its own, and resolves when that is disposed of. */
  run<T>(call: CallContext | undefined, work: (scope: RequestScope) => T | Promise<T>): Promise<T> {
    const running = this.#runJob(call, work);
    const ended = running.then(ignore, ignore);
    this.#jobs.add(ended);
    void ended.then(() => this.#jobs.delete(ended));
    return running;
  }

  /** Waits for jobs, `patience` milliseconds at most, then disposes of all that is left, whoever uses it. */
  async close(patience: number): Promise<void> {
    if (this.#jobs.size > 0) await inTime(Promise.all(this.#jobs), this.#parts.clock, patience);
    await Promise.all([...this.#holding.keys()].map((scope) => this.#dispose(scope)));
    await Promise.all(this.#late);
  }

  async #runJob<T>(call: CallContext | undefined, work: (scope: RequestScope) => T | Promise<T>): Promise<T> {
    const scope = this.open(call);
    try {
      return await work(scope);
    } finally {
      scope.release();
      await this.#holding.get(scope);
    }
  }

  onHolding(scope: RequestScope): void {
    this.#holding.set(scope, undefined);
    const { call } = scope;
    if (call === undefined || !('onClose' in call)) return;
    const { onClose, hold } = call as ScopedCall;
    this.#letGo.set(scope, hold.call(call));
    scope.use();
    onClose.call(call, () => scope.release());
  }

  onOver(scope: RequestScope): void {
    void this.#dispose(scope);
  }

  onLate(disposal: Disposal): void {
    const disposing = this.#disposeOne(disposal);
    this.#late.add(disposing);
    void disposing.finally(() => this.#late.delete(disposing));
  }

  #dispose(scope: RequestScope): Promise<void> {
    const begun = this.#holding.get(scope);
    if (begun !== undefined) return begun;
    const disposing = this.#disposeAll(scope).finally(() => {
      this.#holding.delete(scope);
      this.#letGo.get(scope)?.();
    });
    this.#holding.set(scope, disposing);
    return disposing;
  }

  async #disposeAll(scope: RequestScope): Promise<void> {
    for (const disposal of scope.takeDisposals()) await this.#disposeOne(disposal);
  }

  /** Never rejects. */
  async #disposeOne({ name, dispose }: Disposal): Promise<void> {
    const { clock, log, timeout } = this.#parts;
    try {
      const disposed: unknown = dispose();
      if (!(disposed instanceof Promise)) return;
      const isDone = await inTime(disposed, clock, timeout);
      if (!isDone)
        logSafely(log, 'error', `${name} was not disposed of after ${timeout} ms; nobody waits for it any longer`, {
          service: name,
        });
    } catch (error) {
      logSafely(log, 'error', `${name} failed while it was disposed of`, { service: name, error });
    }
  }
}

function ignore(): void {}

/** False where `pending` takes longer; what it throws later is nobody's business. */
async function inTime(pending: Promise<unknown>, clock: Clock, timeout: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(() => resolve(false), timeout, { background: true });
    pending.then(
      () => {
        timer.cancel();
        resolve(true);
      },
      (error: unknown) => {
        timer.cancel();
        reject(error as Error);
      },
    );
  });
}
