import { BowlineError, type Clock } from '../foundation/index.js';
import { builtBindings } from './build-singletons.js';
import { bindingName, type GraphBinding } from './graph-binding.js';
import type { LoadedContainer } from './loaded-container.js';
import { bindingIdentifier } from './override-bindings.js';
import { writtenInjections } from './written-injections.js';

/** Something that could not be closed, or not in time. */
export interface CloseFailure {
  readonly name: string;
  readonly error: unknown;
}

const closing = new WeakMap<LoadedContainer, Promise<readonly CloseFailure[]>>();

/**
 * Closes what was built, one at a time and dependents first: `@PreDestroy` and `onDeactivation`, or, where a class has
 * no `@PreDestroy`, its `Symbol.asyncDispose` or `Symbol.dispose`. A value that was handed in ready-made is left alone
 * unless it has an `onDeactivation`. Each gets `timeout` milliseconds; what fails is returned and stops nothing. Later
 * callers join the first.
 */
export function closeContainer(
  loaded: LoadedContainer,
  clock: Clock,
  timeout: number,
): Promise<readonly CloseFailure[]> {
  const known = closing.get(loaded);
  if (known !== undefined) return known;
  const closed = closeAll(loaded, clock, timeout);
  closing.set(loaded, closed);
  return closed;
}

async function closeAll(loaded: LoadedContainer, clock: Clock, timeout: number): Promise<readonly CloseFailure[]> {
  const failures: CloseFailure[] = [];
  for (const binding of builtBindings(loaded).toReversed()) {
    try {
      await within(clock, timeout, bindingName(binding), closeOne(loaded, binding));
    } catch (error) {
      failures.push({ name: bindingName(binding), error });
    }
  }
  return failures;
}

async function closeOne(loaded: LoadedContainer, binding: GraphBinding): Promise<void> {
  const instance = binding.instance?.value;
  await loaded.container.unbindAsync(bindingIdentifier(binding.id));
  const { kind, implementation } = binding;
  if (kind !== 'class' || implementation === undefined || writtenInjections(implementation).preDestroy.size > 0) return;
  const { [Symbol.asyncDispose]: disposeAsync, [Symbol.dispose]: dispose } = instance as Partial<
    AsyncDisposable & Disposable
  >;
  if (disposeAsync !== undefined) await disposeAsync.call(instance);
  else dispose?.call(instance);
}

/** The work goes on after its time is up; only the waiting ends. */
function within(clock: Clock, timeout: number, identifier: string, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(() => reject(new BowlineError('BOW_NOT_CLOSED', { identifier, timeout })), timeout);
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
