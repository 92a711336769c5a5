import type { ServiceIdentifier } from 'inversify';
import { buildSingletons, type BuiltService, type GraphBinding, type LoadedContainer } from '../container/index.js';
import { BootReport, isBowlineError, nameOf, runInOrder, type Deadline } from '../foundation/index.js';
import { HostedService, ordersOf, type GracefulManager } from '../lifecycle/index.js';
import { reportLacking } from './check-contracts.js';
import { hooksOf } from './find-hooks.js';

/**
 * Builds every singleton, dependencies first and independent ones at once, under the eyes of the manager, which is told of
 * every hosted service. Throws a BootError that lists all that could not be built.
 */
export async function buildServices(
  loaded: LoadedContainer,
  manager: GracefulManager,
  deadline: Deadline,
): Promise<void> {
  const report = new BootReport();
  await buildSingletons(loaded, report, (name, make) => manager.startOne('build', name, Infinity, make));
  // Who hangs is among the problems; that the start was given up is none.
  if (isGivenUp(deadline.signal.reason)) deadline.signal.throwIfAborted();
  reportLacking(loaded, report);
  report.throwIfAny();
  const hosted = new Map<HostedService, string>();
  for (const binding of loaded.bindingsOf(HostedService as ServiceIdentifier)) {
    const service = binding.target.instance?.value;
    // However often it was bound, it is one.
    if (isHostedService(service)) hosted.set(service, hosted.get(service) ?? binding.module.name);
    else
      report.add('BOW_BINDING_FAILED', {
        module: binding.module.name,
        identifier: nameOf(HostedService),
        reason: reasonAgainst(binding.target),
      });
  }
  report.throwIfAny();
  addHosted(hosted, manager);
}

/** Names that were given come first: what has none gets one that is left. */
function addHosted(hosted: ReadonlyMap<HostedService, string>, manager: GracefulManager): void {
  const unnamed = [...hosted].filter(([service]) => !isNamed(service));
  for (const service of hosted.keys()) if (isNamed(service)) manager.add(service.name, service);
  for (const [service, module] of unnamed) {
    const kind = kindOf(service) ?? `HostedService of ${module}`;
    let name = kind;
    for (let count = 2; manager.hasMember(name); count++) name = `${kind} ${count}`;
    manager.add(name, service);
  }
}

function isNamed(service: HostedService): service is HostedService & { readonly name: string } {
  return typeof service.name === 'string' && service.name !== '';
}

/** What its class is called; undefined where that tells nothing. */
function kindOf(service: HostedService): string | undefined {
  const constructor: unknown = service.constructor;
  if (typeof constructor !== 'function' || constructor === Object || constructor.name === '') return undefined;
  return nameOf(constructor);
}

function isGivenUp(reason: unknown): boolean {
  return isBowlineError(reason) && reason.code === 'BOW_START_GIVEN_UP';
}

function isHostedService(value: unknown): value is HostedService {
  const steps = ['start', 'lameDuck', 'drain', 'stop'] as const;
  if (typeof value !== 'object' || value === null) return false;
  return steps.some((step) => typeof (value as Partial<Record<string, unknown>>)[step] === 'function');
}

function reasonAgainst({ scope, instance }: GraphBinding): string {
  if (scope !== 'singleton')
    return `a hosted service lives as long as the application, and this one is ${scope}-scoped; bind it as a singleton`;
  return instance === undefined
    ? 'a hosted service is built at the start, and this one is lazy; bind it without lazy()'
    : 'it has none of start, lameDuck, drain and stop, so there is nothing to call';
}

/**
 * Calls the `OnStart` hooks of all that was built, dependencies first and independent ones at once, and tells the manager of
 * all other hooks. Throws what the first hook threw that failed.
 */
export async function startHooks(
  services: readonly BuiltService[],
  manager: GracefulManager,
  deadline: Deadline,
): Promise<void> {
  const hooks = hooksOf(services);
  for (const hook of hooks) if (hook.hook !== 'OnStart') manager.addHook(hook);
  const own = hooks.filter(({ hook }) => hook === 'OnStart');
  const failures: unknown[] = [];
  for (const order of ordersOf(own)) {
    await runInOrder(
      services,
      ({ dependsOn }) => dependsOn,
      async (service) => {
        for (const { name, timeout = Infinity, run, ...hook } of own) {
          if (hook.service !== service || hook.order !== order || failures.length > 0) continue;
          const context = { phase: manager.phase, reason: undefined, deadline };
          await manager
            .startOne('OnStart', name, timeout, (signal) => run({ ...context, signal }))
            .catch((error: unknown) => failures.push(error));
        }
      },
    );
  }
  if (failures.length > 0) throw failures[0];
}
