import { isThenable, LinkedList, logSafely, type CallContext, type Clock, type Logger } from '../foundation/index.js';
import { RequestScope, type Disposer, type ScopeHome, type ScopeOwner } from './request-scope.js';

/** What scopes of one application need of it. */
export interface RequestScopesParts {
  readonly home: ScopeHome;
  readonly log: Logger;
  readonly clock: Clock;
  /** How long one thing may take to be disposed of. Milliseconds. */
  readonly timeout: number;
}

/** A call that says when it is over, and that is waited for until what was made for it is disposed of. */
export interface ScopedCall extends CallContext {
  onEnd(listener: () => void): void;
  /** Counts as running until `letGo`. */
  hold(): void;
  letGo(): void;
}

/** Opens the scopes of one application and disposes of what was made in them. Nothing is kept of one that made nothing to dispose of. */
export class RequestScopes implements ScopeOwner {
  readonly #parts: RequestScopesParts;
  /** Those that hold something. */
  readonly #holding: LinkedList<RequestScope>;
  /** Jobs, and what came too late for its scope. */
  readonly #running: Set<Promise<unknown>>;

  constructor(parts: RequestScopesParts) {
    this.#parts = parts;
    this.#holding = new LinkedList();
    this.#running = new Set();
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
    const running = this.#run(call, work);
    this.#track(running);
    return running;
  }

  async #run<T>(call: CallContext | undefined, work: (scope: RequestScope) => T | Promise<T>): Promise<T> {
    const scope = this.open(call);
    try {
      return await work(scope);
    } finally {
      scope.release();
      await scope.disposing;
    }
  }

  /** Waits at most `patience` milliseconds for jobs, then disposes of all that is left, whoever uses it. */
  async close(patience: number): Promise<void> {
    if (this.#running.size > 0) await inTime(Promise.allSettled(this.#running), this.#parts.clock, patience);
    await Promise.all(this.#holding.toArray().map(async (scope) => this.#dispose(scope)));
  }

  onHolding(scope: RequestScope): void {
    this.#holding.append(scope);
    const { call } = scope;
    if (!isScoped(call)) return;
    call.hold();
    scope.use();
    call.onEnd(() => scope.release());
  }

  onOver(scope: RequestScope): void {
    void this.#dispose(scope);
  }

  onLate(disposer: Disposer, instance: unknown): void {
    const disposing = this.#disposeOf(disposer, instance);
    if (disposing !== undefined) this.#track(disposing);
  }

  /** A promise only where something takes its time. */
  #dispose(scope: RequestScope): Promise<void> | undefined {
    if (scope.disposing !== undefined) return scope.disposing;
    const disposing = this.#disposeRest(scope);
    if (disposing === undefined) this.#end(scope);
    else scope.disposing = disposing.then(() => this.#end(scope));
    return scope.disposing;
  }

  #end(scope: RequestScope): void {
    if (this.#holding.remove(scope) && isScoped(scope.call)) scope.call.letGo();
  }

  /** The last one made first, one after the other. */
  #disposeRest(scope: RequestScope): Promise<void> | undefined {
    for (let last = scope.takeLast(); last !== undefined; last = scope.takeLast()) {
      const disposing = this.#disposeOf(last.disposer, last.instance);
      if (disposing !== undefined) return disposing.then(() => this.#disposeRest(scope));
    }
    return undefined;
  }

  #track(running: Promise<unknown>): void {
    this.#running.add(running);
    const forget = (): void => void this.#running.delete(running);
    running.then(forget, forget);
  }

  /** Never throws and never rejects. */
  #disposeOf(disposer: Disposer, instance: unknown): Promise<void> | undefined {
    try {
      const disposed = disposer.dispose(instance);
      return isThenable(disposed) ? this.#waitFor(Promise.resolve(disposed), disposer.name) : undefined;
    } catch (error) {
      this.#tellFailed(disposer.name, error);
      return undefined;
    }
  }

  async #waitFor(disposed: Promise<unknown>, name: string): Promise<void> {
    const { clock, log, timeout } = this.#parts;
    try {
      if (await inTime(disposed, clock, timeout)) return;
      const message = `${name} was not disposed of after ${timeout} ms, and nobody waits for it any longer`;
      logSafely(log, 'error', message, { service: name });
    } catch (error) {
      this.#tellFailed(name, error);
    }
  }

  #tellFailed(name: string, error: unknown): void {
    logSafely(this.#parts.log, 'error', `${name} failed while it was disposed of`, { service: name, error });
  }
}

function isScoped(call: CallContext | undefined): call is ScopedCall {
  return call !== undefined && 'letGo' in call;
}

/** False where `pending` takes longer; what it throws later is nobody's business. */
function inTime(pending: Promise<unknown>, clock: Clock, timeout: number): Promise<boolean> {
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
