import { builtServices, type BuiltService, type GraphBinding, type LoadedContainer } from '../container/index.js';
import { Clock, dependentsOf, Logger, runInOrder } from '../foundation/index.js';
import type { RunReport, ServiceCloser, TimeLimits, WatchedRuns } from '../lifecycle/index.js';
import { hooksOf } from './find-hooks.js';

/** Closes what the container has built: dependents first, independent ones at once. */
export class ContainerCloser implements ServiceCloser {
  readonly #loaded: LoadedContainer;
  readonly #extra: readonly ExtraService[];
  readonly #closed = new Set<BuiltService>();
  #services: readonly BuiltService[] | undefined;

  constructor(loaded: LoadedContainer, extra: readonly ExtraService[] = []) {
    this.#loaded = loaded;
    this.#extra = extra;
  }

  async close(limits: TimeLimits, runs: WatchedRuns): Promise<readonly RunReport[]> {
    const services = (this.#services ??= builtServices(this.#loaded));
    const last = neededBy([
      ...hooksOf(services).flatMap(({ hook, service }) => (hook === 'PostShutdown' ? service : [])),
      ...services.filter(({ binding }) => isFrame(binding)),
    ]);
    const reports = await Promise.all(
      this.#extra.map(({ name, close }) => runs.runInStop('close', name, limits, () => close(limits))),
    );
    const ordinary = services.filter((service) => !last.has(service));
    return [
      ...reports.filter(({ error }) => error !== undefined),
      ...(await this.#closeAll(
        ordinary.filter((service) => !isConstant(service)),
        limits,
        runs,
      )),
      // What uses them may not say so, and they were there before all others.
      ...(await this.#closeAll(ordinary.filter(isConstant), limits, runs)),
    ];
  }

  /** The clock and the logger come after all that may still use them. */
  async closeLast(limits: TimeLimits, runs: WatchedRuns): Promise<readonly RunReport[]> {
    const rest = (this.#services ?? []).filter((service) => !this.#closed.has(service));
    const frame = neededBy(rest.filter(({ binding }) => isFrame(binding)));
    const reports = [
      ...(await this.#closeAll(
        rest.filter((service) => !frame.has(service)),
        limits,
        runs,
      )),
      ...(await this.#closeAll(
        [...frame].filter((service) => !this.#closed.has(service)),
        limits,
        runs,
      )),
    ];
    return [...reports, ...(await this.#closeLate(limits, runs))];
  }

  /** What was asked for the first time while others were closed. */
  async #closeLate(limits: TimeLimits, runs: WatchedRuns): Promise<readonly RunReport[]> {
    const known = new Set([...this.#closed].map(({ binding }) => binding));
    return this.#closeAll(
      builtServices(this.#loaded).filter(({ binding }) => !known.has(binding)),
      limits,
      runs,
    );
  }

  async #closeAll(
    services: readonly BuiltService[],
    limits: TimeLimits,
    runs: WatchedRuns,
  ): Promise<readonly RunReport[]> {
    const reports: RunReport[] = [];
    const among = new Set(services);
    const dependents = dependentsOf(services, ({ dependsOn }) => dependsOn.filter((each) => among.has(each)));
    await runInOrder(services, dependents, async (service) => {
      this.#closed.add(service);
      const report = await runs.runInStop('close', service.name, limits, () => service.close());
      if (service.closes || report.error !== undefined) reports.push(report);
    });
    return reports;
  }
}

/** Something beside the container that is closed with it. */
export interface ExtraService {
  readonly name: string;
  close(limits: TimeLimits): Promise<void>;
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
