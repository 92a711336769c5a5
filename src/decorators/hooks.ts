import { appendMetadata, describeValue } from '../foundation/index.js';
import { hookKey, type HookContext, type HookName, type HookOptions } from '../lifecycle/index.js';
import { areOptions, isUsedWithoutCall, placementOf, recordMisuse } from './misuse.js';

/** A decorator of a method that takes what a hook is told, or nothing. */
export type HookDecorator = <M extends (context: HookContext) => unknown>(
  target: object,
  key: string,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

/**
 * Calls the method when everything has been built, before a port is opened: dependencies first, independent ones at once. What
 * it throws fails the start, and what had started is stopped again.
 */
export function OnStart(options: HookOptions = {}): HookDecorator {
  return hookDecorator('OnStart', options);
}

/** Calls the method when all ports are open and readiness says yes. */
export function OnReady(options: HookOptions = {}): HookDecorator {
  return hookDecorator('OnReady', options);
}

/** Calls the method when readiness says no, while everything is still served: the place to leave a registry of services. */
export function OnLameDuck(options: HookOptions = {}): HookDecorator {
  return hookDecorator('OnLameDuck', options);
}

/** Calls the method at the end of the lame duck, while everything is still served. */
export function PreShutdown(options: HookOptions = {}): HookDecorator {
  return hookDecorator('PreShutdown', options);
}

/**
 * Calls the method when no request is left and all other services are closed; the class and all it depends on are closed
 * after it.
 */
export function PostShutdown(options: HookOptions = {}): HookDecorator {
  return hookDecorator('PostShutdown', options);
}

function hookDecorator(hook: HookName, ...args: readonly [options: HookOptions]): HookDecorator {
  const decorator = `@${hook}`;
  const [options] = args;
  if (isUsedWithoutCall(decorator, args)) return undefined as unknown as HookDecorator;
  return (target, key, descriptor) => {
    const placement = placementOf(target, key, descriptor);
    if (placement.on !== 'method') recordMisuse(decorator, placement, 'belongs on a method');
    else if (areOptions(decorator, placement, options, 'options')) {
      const problem = isGenerator(descriptor.value)
        ? 'is on a generator, whose body nobody would run; make it an ordinary or async method'
        : problemOf(options);
      if (problem !== undefined) recordMisuse(decorator, placement, problem);
      else appendMetadata(hookKey, placement.target, { ...options, hook, method: placement.property });
    }
  };
}

function problemOf(options: HookOptions): string | undefined {
  const { order, timeout } = options;
  const unknown = Object.keys(options).find((name) => name !== 'order' && name !== 'timeout');
  if (unknown !== undefined) return `has an option '${unknown}'; there are order and timeout`;
  if (order !== undefined && !Number.isFinite(order))
    return `has the order ${describeValue(order)}, which is no number`;
  if (timeout === undefined || (Number.isSafeInteger(timeout) && timeout > 0)) return undefined;
  return `has the timeout ${describeValue(timeout)}; it takes milliseconds, a whole number from 1`;
}

function isGenerator(method: unknown): boolean {
  return Object.prototype.toString.call(method).includes('Generator');
}
