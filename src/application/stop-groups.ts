import type { BuiltService, GraphBinding } from '../container/index.js';
import { Clock, Logger } from '../foundation/index.js';
import { hasHook } from './find-hooks.js';

/** All that is closed in a stop, one group after the other; within each, dependents come first. */
export interface StopGroups {
  readonly ordinary: readonly BuiltService[];
  /** What uses them may not say so, and they were there before all others. */
  readonly constants: readonly BuiltService[];
  /** What hooks of `PostShutdown` need. */
  readonly last: readonly BuiltService[];
  /** The clock and the logger come after all that may still use them. */
  readonly frame: readonly BuiltService[];
}

/** Divides services by the moment of the stop at which they are closed. */
export function stopGroups(services: readonly BuiltService[]): StopGroups {
  const frame = neededBy(services.filter(({ binding }) => isFrame(binding)));
  const last = neededBy(services.filter((service) => hasHook(service, 'PostShutdown')));
  const ordinary = services.filter((service) => !last.has(service) && !frame.has(service));
  return {
    ordinary: ordinary.filter((service) => !isConstant(service)),
    constants: ordinary.filter(isConstant),
    last: services.filter((service) => last.has(service) && !frame.has(service)),
    frame: [...frame],
  };
}

function isConstant({ binding }: BuiltService): boolean {
  return binding.kind === 'constant';
}

function isFrame({ identifier }: GraphBinding): boolean {
  return identifier === Logger || identifier === Clock;
}

/** The services and all that they use. */
function neededBy(services: readonly BuiltService[]): ReadonlySet<BuiltService> {
  const needed = new Set<BuiltService>();
  const add = (service: BuiltService): void => {
    if (needed.has(service)) return;
    needed.add(service);
    for (const each of service.dependsOn) add(each);
  };
  for (const service of services) add(service);
  return needed;
}
