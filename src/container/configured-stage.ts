import type { ServiceIdentifier } from 'inversify';
import type {
  ExceptionFilter,
  ExceptionFilterFunction,
  Guard,
  GuardFunction,
  Interceptor,
  InterceptorFunction,
  Middleware,
  MiddlewareFunction,
  Pipe,
  PipeFunction,
  StageKind,
} from '../http/index.js';

/** What the identifiers of a list resolve to. */
export type Injected<I extends readonly ServiceIdentifier[]> = {
  -readonly [K in keyof I]: I[K] extends ServiceIdentifier<infer T> ? T : never;
};

/** A stage that was told its options and waits for its services: what a factory made by {@link guard} and its like returns. */
export class ConfiguredStage<K extends StageKind = StageKind> {
  readonly kind: K;
  /** How explain calls it. */
  readonly name: string;
  /** What makes it; the same for all that one factory has made. */
  readonly factory: StageFactory;
  readonly options: readonly unknown[];

  constructor(kind: K, name: string, factory: StageFactory, options: readonly unknown[]) {
    this.kind = kind;
    this.name = name;
    this.factory = factory;
    this.options = options;
  }
}

/** What one call of {@link guard} or its like has said. */
export interface StageFactory {
  readonly dependencies: readonly ServiceIdentifier[];
  readonly make: (...services: never[]) => (...options: never[]) => unknown;
}

/**
 * A guard with options and with services: `make` gets the services, once for each application, and gives back what makes a guard of
 * options. Where a service lives for one request, the guard does too.
 *
 * ```ts
 * export const requireRole = guard([Roles], (roles) => (role: string) => (ctx) => roles.of(ctx.read(CurrentUser)).includes(role));
 *
 * @UseGuards(requireRole('admin'))
 * ```
 */
export function guard<const I extends readonly ServiceIdentifier[], A extends readonly unknown[]>(
  dependencies: I,
  make: (...services: Injected<I>) => (...options: A) => Guard | GuardFunction,
): (...options: A) => ConfiguredStage<'guard'> {
  return factoryOf('guard', dependencies, make);
}

/** The same for a middleware. */
export function middleware<const I extends readonly ServiceIdentifier[], A extends readonly unknown[]>(
  dependencies: I,
  make: (...services: Injected<I>) => (...options: A) => Middleware | MiddlewareFunction,
): (...options: A) => ConfiguredStage<'middleware'> {
  return factoryOf('middleware', dependencies, make);
}

/** The same for an interceptor. */
export function interceptor<const I extends readonly ServiceIdentifier[], A extends readonly unknown[]>(
  dependencies: I,
  make: (...services: Injected<I>) => (...options: A) => Interceptor | InterceptorFunction,
): (...options: A) => ConfiguredStage<'interceptor'> {
  return factoryOf('interceptor', dependencies, make);
}

/** The same for a pipe. */
export function pipe<const I extends readonly ServiceIdentifier[], A extends readonly unknown[]>(
  dependencies: I,
  make: (...services: Injected<I>) => (...options: A) => Pipe | PipeFunction,
): (...options: A) => ConfiguredStage<'pipe'> {
  return factoryOf('pipe', dependencies, make);
}

/** The same for an exception filter. */
export function exceptionFilter<const I extends readonly ServiceIdentifier[], A extends readonly unknown[]>(
  dependencies: I,
  make: (...services: Injected<I>) => (...options: A) => ExceptionFilter | ExceptionFilterFunction,
): (...options: A) => ConfiguredStage<'filter'> {
  return factoryOf('filter', dependencies, make);
}

function factoryOf<K extends StageKind, A extends readonly unknown[]>(
  kind: K,
  dependencies: readonly ServiceIdentifier[],
  make: unknown,
): (...options: A) => ConfiguredStage<K> {
  const factory: StageFactory = { dependencies, make: make as StageFactory['make'] };
  const configure = (...options: A): ConfiguredStage<K> =>
    new ConfiguredStage(kind, nameOfUse(kind, options), factory, options);
  return Object.assign(configure, { [kFactory]: kind });
}

const kFactory = Symbol('factory of stages');

/** What {@link guard} or its like has made, and nobody has called yet: as a function it would pass for a stage. */
export function isStageFactory(value: unknown): boolean {
  return typeof value === 'function' && kFactory in value;
}

/** The factory itself has no name that could be known: `guard('admin')` says at least with what. */
function nameOfUse(kind: StageKind, options: readonly unknown[]): string {
  const shown = options.map((option) => {
    if (typeof option === 'string') return `'${option}'`;
    if (typeof option === 'function') return option.name === '' ? '(function)' : option.name;
    return typeof option === 'object' && option !== null
      ? Array.isArray(option)
        ? `[${option.join(', ')}]`
        : '{…}'
      : String(option);
  });
  return `${kind}(${shown.join(', ')})`;
}
