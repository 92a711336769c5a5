import type { GraphBinding, RequestScope } from '../container/index.js';
import { BowlineError, isThenable, type ClassType } from '../foundation/index.js';
import {
  ForbiddenError,
  fail,
  forgetBody,
  HttpError,
  isHttpError,
  logFailure,
  sendValue,
  stageMethods,
  type HttpContext,
  type PipeArgument,
  type StageKind,
} from '../http/index.js';
import { caughtBySource, type PlannedStage } from './plan-stages.js';

/** One part of a call with all that is inside of it. The scope is undefined where nothing on the route needs one. */
export type Call = (ctx: HttpContext, scope: RequestScope | undefined) => unknown;

/** What a call gives whose answer was given by a stage. */
export const answeredByStage: unique symbol = Symbol('answered by a stage');

type Runner = (first: unknown, second: unknown, scope: RequestScope | undefined) => unknown;

/** Calls a stage as it is, or one that is made for the call. */
function runnerOf(stage: PlannedStage): Runner {
  const { source, description } = stage;
  const { kind } = description;
  const ready =
    source.kind === 'value'
      ? { value: source.value }
      : (source.binding.target.constant ?? source.binding.target.instance);
  const call = callers[kind];
  const name = labelOf(stage);
  if (ready !== undefined) {
    const { value } = ready;
    checkMade(kind, name, value);
    if (typeof value === 'function') return (first, second) => (value as Called)(first, second);
    return (first, second) => call(value as AnyStage, first, second);
  }
  const { binding } = source as Extract<typeof source, { kind: 'binding' }>;
  const callMade = isStageClass(binding.target, kind)
    ? (made: unknown, first: unknown, second: unknown): unknown => call(made as AnyStage, first, second)
    : (made: unknown, first: unknown, second: unknown): unknown => {
        if (typeof made === 'function') return (made as Called)(first, second);
        checkMade(kind, name, made);
        return call(made as AnyStage, first, second);
      };
  return (first, second, scope) => {
    const made = binding.resolve(scope);
    return isThenable(made) ? made.then((settled) => callMade(settled, first, second)) : callMade(made, first, second);
  };
}

type Called = (first: unknown, second: unknown) => unknown;

interface AnyStage {
  use: Called;
  canActivate: (ctx: unknown) => unknown;
  intercept: Called;
  transform: Called;
  catch: Called;
}

/** An instance keeps its `this`, and its method is looked up at each call, so that a test may replace it. */
const callers: Readonly<Record<StageKind, (stage: AnyStage, first: unknown, second: unknown) => unknown>> = {
  middleware: (stage, ctx, next) => stage.use(ctx, next),
  guard: (stage, ctx) => stage.canActivate(ctx),
  interceptor: (stage, ctx, next) => stage.intercept(ctx, next),
  pipe: (stage, value, argument) => stage.transform(value, argument),
  filter: (stage, error, ctx) => stage.catch(error, ctx),
};

/** Whether whatever is made by it has the method. */
function isStageClass({ kind, implementation }: GraphBinding, stage: StageKind): boolean {
  if (kind !== 'class' || implementation === undefined) return false;
  const prototype = implementation.prototype as Readonly<Record<string, unknown>>;
  return typeof prototype[stageMethods[stage]] === 'function';
}

/** What only shows when it is made: a dynamic value may give anything. */
function checkMade(kind: StageKind, name: string, made: unknown): void {
  const method = stageMethods[kind];
  if (typeof made === 'function' || typeof (made as Readonly<Record<string, unknown>> | null)?.[method] === 'function')
    return;
  throw new BowlineError('BOW_STAGE_INVALID', {
    where: name,
    reason: `what was made for it has no method ${method}()`,
  });
}

/** As messages call it: a function without a name by its place. */
function labelOf({ description: { kind, name, from } }: PlannedStage): string {
  return name.startsWith('(') ? `A ${kind} of ${from}` : name;
}

/** Puts stages of one kind around a call; the first one is the outermost. */
export function around(
  kind: 'middleware' | 'guard' | 'interceptor',
  stages: readonly PlannedStage[],
  inner: Call,
): Call {
  return stages
    .filter(({ description }) => description.kind === kind)
    .reduceRight((call, stage) => wrappers[kind](runnerOf(stage), labelOf(stage), call), inner);
}

const wrappers: Readonly<
  Record<'middleware' | 'guard' | 'interceptor', (run: Runner, name: string, inner: Call) => Call>
> = {
  middleware: aroundMiddleware,
  guard: behindGuard,
  interceptor: (run, _name, inner) => (ctx, scope) => run(ctx, () => held(begin(inner, ctx, scope), ctx, scope), scope),
};

/** Calls what is inside of a stage that may have waited, unless the request has been answered in place of it. */
function begin(inner: Call, ctx: HttpContext, scope: RequestScope | undefined): unknown {
  requireTime(ctx);
  return inner(ctx, scope);
}

/** Throws where nobody waits any longer for what is about to begin. */
export function requireTime({ late }: HttpContext): void {
  if (late !== undefined) throw late;
}

/**
 * Sees to it that nothing is closed under what still runs inside of a stage that has not waited for it, as one that lets a handler race
 * against a time-out: neither what is in request scope nor, where the application stops, what is in none.
 */
function held(value: unknown, ctx: HttpContext, scope: RequestScope | undefined): unknown {
  if (!isThenable(value)) return value;
  // A query of some libraries runs once more with each `then`.
  const pending = value instanceof Promise ? value : Promise.resolve(value);
  const isUsed = scope?.use() === true;
  ctx.hold();
  const letGo = (): void => {
    if (isUsed) scope.release();
    ctx.letGo();
  };
  pending.then(letGo, letGo);
  return pending;
}

function behindGuard(run: Runner, name: string, inner: Call): Call {
  const decide = (verdict: unknown, ctx: HttpContext, scope: RequestScope | undefined): unknown =>
    verdict === true && !ctx.answered ? inner(ctx, scope) : refused(ctx, verdict, name);
  return (ctx, scope) => {
    const verdict = run(ctx, undefined, scope);
    if (isThenable(verdict)) return verdict.then((settled) => decide(settled, ctx, scope));
    return decide(verdict, ctx, scope);
  };
}

/** A guard may have answered itself, as by a redirection to where one logs in: nothing is left to do then, whatever it gave. */
function refused(ctx: HttpContext, verdict: unknown, name: string): unknown {
  if (ctx.answered) return answeredByStage;
  if (verdict === false) throw new ForbiddenError();
  throw new BowlineError('BOW_GUARD_VERDICT', { guard: name, verdict: String(verdict) });
}

function aroundMiddleware(run: Runner, name: string, inner: Call): Call {
  return (ctx, scope) => {
    const passage = new Passage(ctx, scope, inner, name);
    let used: unknown;
    try {
      used = run(ctx, passage.next, scope);
    } catch (error) {
      passage.fail(error);
    }
    if (!isThenable(used)) return passage.end();
    return used.then(
      () => passage.end(),
      (error: unknown) => passage.fail(error),
    );
  };
}

/** One way of one call through one middleware: what came of `next()`, however it was called. */
class Passage {
  readonly next: () => void | Promise<void>;
  readonly #ctx: HttpContext;
  readonly #scope: RequestScope | undefined;
  readonly #name: string;
  #state: 'before' | 'inside' | 'done' | 'failed' | 'over';
  /** The value, or the error. */
  #outcome: unknown;
  #pending: Promise<void> | undefined;

  constructor(ctx: HttpContext, scope: RequestScope | undefined, inner: Call, name: string) {
    this.#ctx = ctx;
    this.#scope = scope;
    this.#name = name;
    this.#state = 'before';
    this.#outcome = undefined;
    this.#pending = undefined;
    this.next = () => this.#enter(inner);
  }

  #enter(inner: Call): void | Promise<void> {
    if (this.#state === 'over') {
      // Thrown in a timer or an event it would end the process.
      const error = new BowlineError('BOW_NEXT_CALLED_LATE', { middleware: this.#name });
      logFailure(this.#ctx, error.message, error);
      return undefined;
    }
    if (this.#state !== 'before') throw new BowlineError('BOW_NEXT_CALLED_TWICE', { middleware: this.#name });
    this.#state = 'inside';
    let value: unknown;
    try {
      value = begin(inner, this.#ctx, this.#scope);
    } catch (error) {
      this.#reject(error);
    }
    if (!isThenable(value)) {
      this.#settle(value);
      return undefined;
    }
    this.#pending = Promise.resolve(value).then(
      (settled) => this.#settle(settled),
      (error: unknown) => this.#reject(error),
    );
    // Whoever does not wait for it gets its error by `end`.
    this.#pending.catch(ignore);
    return this.#pending;
  }

  #settle(value: unknown): void {
    this.#state = 'done';
    this.#outcome = value;
  }

  #reject(error: unknown): never {
    this.#state = 'failed';
    this.#outcome = error;
    throw error;
  }

  /** Ends it where the middleware itself has failed: what is inside may still run, and does not begin any more. */
  fail(error: unknown): never {
    if (this.#state === 'before') this.#state = 'over';
    if (this.#state === 'inside') void held(this.#pending, this.#ctx, this.#scope);
    throw error;
  }

  /** What the middleware leaves, once it has ended: the value of what is inside, also where it has not waited for that. */
  end(): unknown {
    switch (this.#state) {
      case 'before':
      case 'over':
        this.#state = 'over';
        if (this.#ctx.answered) return answeredByStage;
        throw new BowlineError('BOW_MIDDLEWARE_SILENT', { middleware: this.#name });
      case 'inside':
        return this.#pending?.then(() => this.#outcome);
      case 'done':
        return this.#outcome;
      case 'failed':
        // It has taken the error, and answered in its place or forgotten to.
        if (this.#ctx.answered) return answeredByStage;
        throw this.#outcome;
    }
  }
}

function ignore(): void {}

/** Reads one argument of a handler. `body` is the body, where the route has it read before any argument. */
export type ArgumentReader = (ctx: HttpContext, scope?: RequestScope, body?: unknown) => unknown;

/** Lets pipes work on what is read for one parameter, one after the other. */
export function piped(read: ArgumentReader, stages: readonly PlannedStage[], argument: PipeArgument): ArgumentReader {
  return stages.map(runnerOf).reduce<ArgumentReader>((inner, run) => {
    return (ctx, scope, body) => {
      const value = inner(ctx, scope, body);
      if (!isThenable(value)) return run(value, argument, scope);
      return value.then((settled) => {
        requireTime(ctx);
        return run(settled, argument, scope);
      });
    };
  }, read);
}

/** Answers an error: never throws and never rejects. */
export type ErrorAnswer = (ctx: HttpContext, error: unknown, scope: RequestScope | undefined) => void | Promise<void>;

/** What answers the errors of a route: the first filter that does, else the error's own format. */
export function errorAnswer(stages: readonly PlannedStage[]): ErrorAnswer {
  const filters = stages
    .filter(({ description }) => description.kind === 'filter')
    .map((stage) => ({ run: runnerOf(stage), types: caughtBySource(stage.source), name: labelOf(stage) }));
  if (filters.length === 0) return fail;
  return (ctx, error, scope) => ask(filters, 0, ctx, error, scope);
}

interface Filter {
  readonly run: Runner;
  readonly types: readonly ClassType[] | undefined;
  readonly name: string;
}

function ask(
  filters: readonly Filter[],
  from: number,
  ctx: HttpContext,
  error: unknown,
  scope: RequestScope | undefined,
): void | Promise<void> {
  // There is nothing left to answer.
  if (ctx.answered || ctx.abandoned) return fail(ctx, error);
  const index = filters.findIndex(({ types }, place) => place >= from && catches(types, error));
  const filter = filters[index];
  if (filter === undefined) return fail(ctx, error);
  const goOn = (thrown: unknown): void | Promise<void> => ask(filters, index + 1, ctx, thrown, scope);
  const take = (value: unknown): void | Promise<void> => {
    if (ctx.answered) return ctx.sending;
    if (value === undefined) return goOn(error);
    try {
      return answerWith(ctx, value, error, filter.name);
    } catch (thrown) {
      return goOn(thrown);
    }
  };
  ctx.clearStatus();
  forgetBody(ctx);
  let value: unknown;
  try {
    value = filter.run(error, ctx, scope);
  } catch (thrown) {
    return goOn(thrown);
  }
  return isThenable(value) ? Promise.resolve(value).then(take, goOn) : take(value);
}

function catches(types: readonly ClassType[] | undefined, error: unknown): boolean {
  if (types === undefined) return true;
  try {
    return types.some((type) => error instanceof type || (type === HttpError && isHttpError(error)));
  } catch {
    // A proxy may throw at every look: it is of no type.
    return false;
  }
}

function answerWith(ctx: HttpContext, value: unknown, error: unknown, filter: string): void | Promise<void> {
  const status = isHttpError(error) ? error.status : 500;
  if ((ctx.statusCode ?? status) >= 500)
    logFailure(
      ctx,
      `${ctx.method} ${ctx.path} failed with ${ctx.statusCode ?? status}, which ${filter} answered`,
      error,
    );
  return sendValue(ctx, value, status);
}
