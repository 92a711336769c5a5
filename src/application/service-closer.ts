import { builtServices, type BuiltService, type LoadedContainer } from '../container/index.js';
import { dependentsOf, runInOrder } from '../foundation/index.js';
import type { RunReport, ServiceCloser, TimeLimits, WatchedRuns } from '../lifecycle/index.js';
import { stopGroups, type StopGroups } from './stop-groups.js';

/** Closes what the container has built: dependents first, independent ones at once. */
export class ContainerCloser implements ServiceCloser {
  readonly #loaded: LoadedContainer;
  readonly #extra: readonly ExtraService[];
  readonly #closed = new Set<BuiltService>();
  #stopGroups: StopGroups | undefined;

  constructor(loaded: LoadedContainer, extra: readonly ExtraService[] = []) {
    this.#loaded = loaded;
    this.#extra = extra;
  }

  async close(limits: TimeLimits, runs: WatchedRuns): Promise<readonly RunReport[]> {
    const { ordinary, constants } = (this.#stopGroups ??= stopGroups(builtServices(this.#loaded)));
    const reports = await Promise.all(
      this.#extra.map(({ name, close }) => runs.runInStop('close', name, limits, () => close(limits))),
    );
    return [
      ...reports.filter(({ error }) => error !== undefined),
      ...(await this.#closeAll(ordinary, limits, runs)),
      ...(await this.#closeAll(constants, limits, runs)),
    ];
  }

  /** The clock and the logger come after all that may still use them. */
  async closeLast(limits: TimeLimits, runs: WatchedRuns): Promise<readonly RunReport[]> {
    const { ordinary, constants, last, frame } = this.#stopGroups ?? stopGroups([]);
    const isLeft = (service: BuiltService): boolean => !this.#closed.has(service);
    const reports = [
      ...(await this.#closeAll([...ordinary, ...constants, ...last].filter(isLeft), limits, runs)),
      ...(await this.#closeAll(frame.filter(isLeft), limits, runs)),
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
