import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { HostedService, HookName } from '../../src/lifecycle/index.js';
import { isBefore, type Phase } from '../../src/lifecycle/index.js';
import { makeManager, type Fixture } from './manager-fixture.js';

/** How something behaves: it takes a time, throws after it, or never ends. */
type Behaviour = { readonly kind: 'ends' | 'throws'; readonly after: number } | { readonly kind: 'hangs' };

const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('ends' as const), after: fc.nat(800) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('throws' as const), after: fc.nat(800) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'hangs' as const }) },
);

interface Service {
  /** Indices of earlier ones, so that there is no circle. */
  readonly dependsOn: readonly number[];
  readonly drain: Behaviour;
  readonly stop: Behaviour;
}

const services = fc
  .array(fc.record({ uses: fc.array(fc.nat(), { maxLength: 3 }), drain: behaviour, stop: behaviour }), { maxLength: 7 })
  .map((list) =>
    list.map(({ uses, drain, stop }, index): Service => ({
      dependsOn: index === 0 ? [] : [...new Set(uses.map((use) => use % index))],
      drain,
      stop,
    })),
  );

const hooks = fc.array(
  fc.record({
    hook: fc.constantFrom<HookName>('OnLameDuck', 'PreShutdown', 'PostShutdown'),
    order: fc.integer({ min: -2, max: 2 }),
    run: behaviour,
  }),
  { maxLength: 6 },
);

/** When somebody asks again for the stop, or insists; milliseconds after its beginning. */
const interference = fc.array(fc.record({ at: fc.nat(6_000), what: fc.constantFrom('again', 'force') }), {
  maxLength: 3,
});

it('keeps its promises whatever hangs, throws, and interferes', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(services, hooks, interference, fc.nat(1_500), async (given, hooksGiven, interferences, delay) => {
      const fixture = makeManager({ lameDuckDelay: delay });
      const { manager, clock } = fixture;
      const log: { readonly what: string; readonly begin: number; end: number | undefined }[] = [];
      const run = (what: string, how: Behaviour) => (): Promise<void> => perform(fixture, log, what, how);
      given.forEach(({ dependsOn, drain, stop }, index) => {
        const service: HostedService = { drain: run(`drain ${index}`, drain), stop: run(`stop ${index}`, stop) };
        manager.add(`${index}`, service, { dependsOn: dependsOn.map(String) });
      });
      hooksGiven.forEach(({ hook, order, run: how }, index) =>
        manager.addHook({
          hook,
          name: `${hook} ${index}`,
          order,
          timeout: undefined,
          run: run(`${hook} ${index}`, how),
        }),
      );
      const phases: Phase[] = [];
      manager.lifecycle.on('phase:entered', ({ phase }) => phases.push(phase as Phase));
      const started = manager.startup();
      await clock.advance(0);
      await started;
      const stopped = manager.gracefulStop();
      for (const { at, what } of interferences)
        clock.schedule(() => (what === 'force' ? manager.force() : void manager.gracefulStop()), at);
      await clock.advance(30_000);
      const report = await stopped;

      // All of it within the grace period, and nothing left behind.
      expect(report.duration).toBeLessThanOrEqual(9_000);
      expect(manager.phase).toBe('stopped');
      // The state never goes back.
      for (const [index, phase] of phases.entries())
        if (index > 0) expect(isBefore(phases[index - 1] ?? phase, phase)).toBe(true);
      // Each hook and each step once, and every one was tried.
      const done = log.map(({ what }) => what);
      expect(new Set(done).size).toBe(done.length);
      expect(done).toHaveLength(given.length * 2 + hooksGiven.length);
      expect(report.hooks).toHaveLength(hooksGiven.length);
      expectOrder(log, hooksGiven);
      // Nobody stops under those that still use it: theirs had ended, or their time was over.
      const isHurried = interferences.some(({ what }) => what === 'force') || JSON.stringify(given).includes('hangs');
      given.forEach(({ dependsOn }, user) => {
        for (const used of dependsOn)
          for (const step of ['drain', 'stop']) expectBefore(log, `${step} ${user}`, `${step} ${used}`, isHurried);
      });
    }),
    { numRuns: 300 },
  );
});

async function perform(
  { clock }: Fixture,
  log: { readonly what: string; readonly begin: number; end: number | undefined }[],
  what: string,
  how: Behaviour,
): Promise<void> {
  const entry: (typeof log)[number] = { what, begin: clock.elapsed(), end: undefined };
  log.push(entry);
  if (how.kind === 'hangs') return new Promise(() => undefined);
  await clock.wait(how.after);
  entry.end = clock.elapsed();
  if (how.kind === 'throws') throw new Error(what);
}

type Log = readonly { readonly what: string; readonly begin: number; readonly end: number | undefined }[];

/** The first began before the other did, and had ended unless somebody was in a hurry. */
function expectBefore(log: Log, first: string, second: string, isHurried: boolean): void {
  const [a, b] = [log.find(({ what }) => what === first), log.find(({ what }) => what === second)];
  if (a === undefined || b === undefined) throw new Error(`${first} or ${second} never ran.`);
  expect(log.indexOf(a)).toBeLessThan(log.indexOf(b));
  if (!isHurried && hasTime(log)) expect(a.end ?? Infinity).toBeLessThanOrEqual(b.begin);
}

/** Whether the stop was far from its deadlines, at which nobody waits any longer: 7 s of work, then 2 s for the last steps. */
function hasTime(log: Log): boolean {
  const lastSteps = log.filter(({ what }) => what.startsWith('stop'));
  const begin = Math.min(...lastSteps.map((step) => step.begin));
  return log.every(({ end = Infinity }) => end < 6_500) && lastSteps.every(({ end = Infinity }) => end - begin < 1_900);
}

function expectOrder(log: Log, hooks: readonly { readonly hook: HookName; readonly order: number }[]): void {
  for (const name of ['OnLameDuck', 'PreShutdown', 'PostShutdown']) {
    const orders = log
      .filter(({ what }) => what.startsWith(`${name} `))
      .map(({ what }) => hooks[Number(what.slice(name.length + 1))]?.order ?? 0);
    expect(orders).toEqual(orders.toSorted((a, b) => a - b));
  }
}
