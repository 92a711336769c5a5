import type { Clock, Deadline } from '../foundation/index.js';
import { ordersOf, type Hook, type HookName, type HookReport } from './hooks.js';
import type { Phase } from './phase.js';
import type { StopReason } from './stop-reason.js';
import type { WatchedRuns } from './watched-runs.js';

/** How hooks are run, and what they are told. */
export interface HookSurroundings {
  readonly clock: Clock;
  readonly runs: WatchedRuns;
  /** Of one hook that has none of its own. Milliseconds. */
  readonly timeout: number;
  readonly deadline: Deadline;
  readonly phase: Phase;
  readonly reason: StopReason | undefined;
}

/** Runs the hooks of one name in ascending order, those of equal order at once. Never rejects: what fails is in the reports. */
export async function runHooks(
  hooks: readonly Hook[],
  name: HookName,
  surroundings: HookSurroundings,
): Promise<readonly HookReport[]> {
  const own = hooks.filter(({ hook }) => hook === name);
  const reports: HookReport[] = [];
  for (const order of ordersOf(own)) {
    const group = own.filter((hook) => hook.order === order);
    await Promise.all(group.map(async (hook) => reports.push(await runHook(hook, surroundings))));
  }
  return reports;
}

async function runHook(
  hook: Hook,
  { clock, runs, deadline, phase, reason, ...rest }: HookSurroundings,
): Promise<HookReport> {
  const limits = { clock, deadline, timeout: hook.timeout ?? rest.timeout };
  const run = reason === undefined ? runs.run.bind(runs) : runs.runInStop.bind(runs);
  const report = await run(hook.hook, hook.name, limits, (signal) => hook.run({ phase, reason, deadline, signal }));
  return { hook: hook.hook, ...report };
}
