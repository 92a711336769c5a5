import type { ConfiguredStage } from '../container/index.js';
import { appendMetadata, describeValue, isClass, type ClassType } from '../foundation/index.js';
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
import type { ValidationPipe } from '../validation/index.js';
import { catchKey, orderKey, stageKey, transportKey } from '../routing/index.js';
import { isUsedWithoutCall, placementOf, recordMisuse } from './misuse.js';

/** A class of the container, an instance, a function of the same shape, or what a configured factory returned. */
export type StageUse<S, F, K extends StageKind> = ClassType<S> | S | F | ConfiguredStage<K>;

/** Puts middleware around the routes of a controller, or around one: the first one written is the outermost. */
export function UseMiddleware(
  ...uses: readonly StageUse<Middleware, MiddlewareFunction, 'middleware'>[]
): ClassDecorator & MethodDecorator {
  return stageDecorator('@UseMiddleware', 'middleware', uses);
}

/** Puts guards in front of the routes of a controller, or of one. All of them have to let a call pass, one after the other. */
export function UseGuards(
  ...uses: readonly StageUse<Guard, GuardFunction, 'guard'>[]
): ClassDecorator & MethodDecorator {
  return stageDecorator('@UseGuards', 'guard', uses);
}

/** Puts interceptors around the handlers of a controller, or around one: the first one written is the outermost. */
export function UseInterceptors(
  ...uses: readonly StageUse<Interceptor, InterceptorFunction, 'interceptor'>[]
): ClassDecorator & MethodDecorator {
  return stageDecorator('@UseInterceptors', 'interceptor', uses);
}

/**
 * Lets pipes work on every parameter of the handlers of a controller, or of one, one after the other. A {@link ValidationPipe} says how
 * these parameters are validated.
 */
export function UsePipes(
  ...uses: readonly (StageUse<Pipe, PipeFunction, 'pipe'> | ValidationPipe | typeof ValidationPipe)[]
): ClassDecorator & MethodDecorator {
  return stageDecorator('@UsePipes', 'pipe', uses);
}

/** Lets filters answer the errors of a controller's routes, or of one. The first one written that answers is the one. */
export function UseFilters(
  ...uses: readonly StageUse<ExceptionFilter, ExceptionFilterFunction, 'filter'>[]
): ClassDecorator & MethodDecorator {
  return stageDecorator('@UseFilters', 'filter', uses);
}

/** The errors that an exception filter answers, and those that extend them; all of them where none is named. */
export function Catch(...types: readonly ClassType[]): ClassDecorator {
  return classDecorator('@Catch', types.every(isClass) ? undefined : wrongType(types), (target) => {
    appendMetadata(catchKey, target, { types });
  });
}

/** The place of a global stage among its like: lower ones come first, equal ones in the order of their modules. @default 0 */
export function Order(order: number): ClassDecorator {
  const problem = Number.isFinite(order) ? undefined : `has ${describeValue(order)}; it takes a number`;
  return classDecorator('@Order', problem, (target) => {
    appendMetadata(orderKey, target, { order });
  });
}

/** Says that a guard, interceptor or filter needs an `HttpContext`: on another transport it is a mistake that the boot names. */
export function HttpOnly(): ClassDecorator {
  return classDecorator('@HttpOnly', undefined, (target) => {
    appendMetadata(transportKey, target, { transport: 'http' });
  });
}

function wrongType(types: readonly unknown[]): string {
  const wrong = types.find((type) => !isClass(type));
  return `has ${describeValue(wrong)}; it takes classes of errors${wrong === undefined ? ' (do two files import each other?)' : ''}`;
}

function classDecorator(
  decorator: string,
  problem: string | undefined,
  write: (target: ClassType) => void,
): ClassDecorator {
  return (...args: readonly [object, (string | symbol)?, unknown?]) => {
    const placement = placementOf(...args);
    if (placement.on !== 'class') recordMisuse(decorator, placement, 'belongs on a class');
    else if (problem !== undefined) recordMisuse(decorator, placement, problem);
    else write(placement.target);
  };
}

function stageDecorator(
  decorator: string,
  kind: StageKind,
  uses: readonly unknown[],
): ClassDecorator & MethodDecorator {
  if (isUsedWithoutCall(decorator, uses)) return undefined as unknown as ClassDecorator & MethodDecorator;
  return (target: object, key?: string | symbol, descriptor?: unknown) => {
    const placement = placementOf(target, key, descriptor);
    if (placement.on !== 'class' && placement.on !== 'method') {
      recordMisuse(decorator, placement, 'belongs on a controller or on a method that answers requests');
    } else if (uses.length === 0) {
      recordMisuse(decorator, placement, 'names nothing to use');
    } else {
      const property = placement.on === 'method' ? placement.property : undefined;
      appendMetadata(stageKey, placement.target, { kind, decorator, property, uses });
    }
  };
}
