import type { GraphBinding, LoadedContainer } from '../../container/index.js';
import {
  BootReport,
  describeValue,
  HealthIndicator,
  longestDelay,
  nameOf,
  reasonOf,
  type HealthGroup,
} from '../../foundation/index.js';
import { indicatorName } from '../../lifecycle/index.js';

/** Reports checks of which there would be another one each time that somebody asks. Nothing is built. */
export function reportUnsharedIndicators(loaded: LoadedContainer, report: BootReport): void {
  for (const binding of loaded.bindingsOf(HealthIndicator)) {
    const scope = scopeOf(binding);
    if (scope === undefined || scope === 'singleton') continue;
    const reason = `it is ${scope}-scoped, and a check is one object for the life of the application: make it a singleton`;
    report.add('BOW_HEALTH_INDICATOR_INVALID', { indicator: describe(binding), reason });
  }
}

/** All that were bound, each once however often. Throws a BootError that lists what cannot be a check. */
export async function findIndicators(loaded: LoadedContainer): Promise<readonly HealthIndicator[]> {
  const report = new BootReport();
  const found = new Map<string, HealthIndicator>();
  for (const binding of loaded.bindingsOf(HealthIndicator)) {
    try {
      const indicator = (await binding.resolve()) as HealthIndicator;
      const name = indicatorName(indicator);
      const reason = found.get(name) === indicator ? undefined : problemOf(indicator, found.has(name));
      // Of an object that was handed in nothing but its name is known.
      const who = binding.kind === 'class' || binding.kind === 'alias' ? describe(binding) : `'${name}'`;
      if (reason !== undefined) report.add('BOW_HEALTH_INDICATOR_INVALID', { indicator: who, reason });
      found.set(name, indicator);
    } catch (error) {
      report.add('BOW_NOT_RESOLVED', { identifier: describe(binding), reason: reasonOf(error) }, error);
    }
  }
  report.throwIfAny();
  return [...found.values()];
}

const healthGroups: readonly string[] = ['live', 'ready', 'startup'] satisfies HealthGroup[];

/** What TypeScript would have said, and that names are taken. */
function problemOf(indicator: HealthIndicator, isTaken: boolean): string | undefined {
  const { name, groups = ['ready'], timeout = 1, cacheDuration = 0 } = indicator as Partial<HealthIndicator>;
  if (typeof indicator.check !== 'function') return 'it has no method check';
  if (isTaken) return `another check is called '${indicatorName(indicator)}' too; give one of them a name of its own`;
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    return `its name is ${describeValue(name)}; it must be a text`;
  if (!Array.isArray(groups) || groups.length === 0 || !groups.every((group) => healthGroups.includes(group)))
    return `its groups must be a list of ${healthGroups.join(', ')}, with one at least`;
  if (!isDuration(timeout) || timeout === 0)
    return `its timeout is ${describeValue(timeout)}; it must be a number of milliseconds above 0`;
  if (!isDuration(cacheDuration))
    return `its cacheDuration is ${describeValue(cacheDuration)}; it must be a number of milliseconds`;
  return undefined;
}

function isDuration(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= longestDelay;
}

/** Undefined for an alias that leads nowhere, which is reported elsewhere. */
function scopeOf(binding: GraphBinding): GraphBinding['scope'] | undefined {
  try {
    return binding.target.scope;
  } catch {
    return undefined;
  }
}

function describe({ implementation, identifier, dependencies, kind }: GraphBinding): string {
  return nameOf(kind === 'alias' ? dependencies[0]?.identifier : (implementation ?? identifier));
}
