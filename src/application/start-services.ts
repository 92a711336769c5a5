import type { ServiceIdentifier } from 'inversify';
import { buildSingletons, builtServices, type LoadedContainer } from '../container/index.js';
import { BootReport, isBowlineError, nameOf, runInOrder, type Deadline } from '../foundation/index.js';
import { HostedService, type GracefulManager } from '../lifecycle/index.js';
import { reportLacking } from './check-contracts.js';
import { hooksOf } from './find-hooks.js';

/**
 * Builds every singleton and calls its `OnStart` hooks: dependencies first, independent ones at once, all under the eyes of the
 * manager, which is told of every other hook and of every hosted service. Throws a BootError that lists all that could
 * not be built, or what the first hook threw that failed.
 */
export async function startServices(
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
  await startHooks(loaded, manager, deadline);
  for (const binding of loaded.bindingsOf(HostedService as ServiceIdentifier)) {
    const service = binding.target.instance?.value as HostedService | undefined;
    if (service !== undefined) manager.add(service.name ?? nameOf(service.constructor), service);
  }
}

function isGivenUp(reason: unknown): boolean {
  return isBowlineError(reason) && reason.code === 'BOW_START_GIVEN_UP';
}

async function startHooks(loaded: LoadedContainer, manager: GracefulManager, deadline: Deadline): Promise<void> {
  const services = builtServices(loaded);
  const hooks = hooksOf(services);
  for (const hook of hooks) if (hook.hook !== 'OnStart') manager.addHook(hook);
  const own = hooks.filter(({ hook }) => hook === 'OnStart');
  const failures: unknown[] = [];
  for (const order of [...new Set(own.map((hook) => hook.order))].toSorted((a, b) => a - b)) {
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
