import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { describeReport, type HostedService, type HookName } from '../../src/lifecycle/index.js';
import { makeManager, type Fixture } from './manager-fixture.js';

const second = 1_000;

/** A hosted service that notes each step and takes a while for it. */
function worker(
  { note, clock }: Fixture,
  name: string,
  takes: Partial<Record<'start' | 'drain' | 'stop', number>> = {},
): HostedService {
  const step = (what: 'start' | 'drain' | 'stop') => async (): Promise<void> => {
    note(`${name} ${what}`);
    await clock.wait(takes[what] ?? 0);
    note(`${name} ${what} done`);
  };
  return { start: step('start'), lameDuck: () => note(`${name} lame-duck`), drain: step('drain'), stop: step('stop') };
}

function hook({ manager, note, clock }: Fixture, name: HookName, label: string, order = 0, takes = 0): void {
  manager.addHook({
    hook: name,
    name: label,
    order,
    timeout: undefined,
    run: async () => {
      note(`${label} begins`);
      await clock.wait(takes);
      note(`${label} ends`);
    },
  });
}

async function ready(fixture: Fixture): Promise<void> {
  const started = fixture.manager.startup();
  await fixture.clock.advance(0);
  await started;
}

describe('a manager that starts', () => {
  it('starts dependencies first and what is independent at once', async () => {
    const fixture = makeManager();
    const { manager, clock, notes } = fixture;
    manager.add('api', worker(fixture, 'api'), { dependsOn: ['queue', 'mail'] });
    manager.add('queue', worker(fixture, 'queue', { start: 200 }));
    manager.add('mail', worker(fixture, 'mail', { start: 100 }));
    const started = manager.startup();
    await clock.advance(second);
    await started;
    expect(notes).toEqual([
      '0 queue start',
      '0 mail start',
      '100 mail start done',
      '200 queue start done',
      '200 api start',
      '200 api start done',
    ]);
    expect(manager.phase).toBe('ready');
  });

  it('stops exactly what had started where one fails, and rejects with its error', async () => {
    const fixture = makeManager();
    const { manager, clock, notes } = fixture;
    manager.add('queue', worker(fixture, 'queue'));
    manager.add('broken', { start: () => Promise.reject(new Error('no broker')) }, { dependsOn: ['queue'] });
    manager.add('api', worker(fixture, 'api'), { dependsOn: ['broken'] });
    const started = manager.startup();
    const failed = expect(started).rejects.toThrow('no broker');
    await clock.advance(second);
    await failed;
    const stopped = manager.gracefulStop({ reason: { kind: 'error', error: new Error('no broker') } });
    await clock.advance(second);
    expect((await stopped).exitCode).toBe(1);
    expect(notes.filter((line) => line.includes('api'))).toEqual([]);
    expect(notes.some((line) => line.includes('queue stop done'))).toBe(true);
    expect(notes.some((line) => line.includes('lame-duck'))).toBe(false);
  });

  it('names who hangs once the time of the start is over', async () => {
    const fixture = makeManager({}, { timeouts: { hook: 5_000, service: 5_000, start: 3 * second } });
    const { manager, clock } = fixture;
    manager.add('queue', { start: () => new Promise(() => undefined) });
    const failed = expect(manager.startup()).rejects.toThrow('queue was not done after 3000 ms');
    await clock.advance(4 * second);
    await failed;
  });

  it('gives up a start under way when a stop begins, and stops what had started', async () => {
    const fixture = makeManager();
    const { manager, clock, notes } = fixture;
    let aborted = false;
    manager.add('queue', worker(fixture, 'queue'));
    manager.add(
      'slow',
      {
        start: ({ signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              aborted = true;
              reject(new Error('given up'));
            });
          }),
      },
      { dependsOn: ['queue'] },
    );
    const failed = expect(manager.startup()).rejects.toThrow();
    await clock.advance(second);
    const stopped = manager.gracefulStop();
    await clock.advance(second);
    await failed;
    await stopped;
    expect(aborted).toBe(true);
    expect(notes.at(-1)).toBe('1000 queue stop done');
    expect(manager.phase).toBe('stopped');
  });

  it('refuses dependencies that are unknown or lead in a circle, and names that are taken', () => {
    const { manager } = makeManager();
    manager.add('api', {}, { dependsOn: ['queu'] }).add('queue', {});
    expect(() => manager.add('api', {})).toThrow("Two servers or hosted services are called 'api'.");
    return expect(manager.startup()).rejects.toThrow("'api' depends on 'queu'");
  });

  it('names the circle', async () => {
    const { manager } = makeManager();
    manager
      .add('a', {}, { dependsOn: ['b'] })
      .add('b', {}, { dependsOn: ['c'] })
      .add('c', { dependsOn: ['a'] });
    await expect(manager.startup()).rejects.toThrow('a -> b -> c -> a');
  });
});

describe('a manager that stops', () => {
  it('goes through every phase, each logged and told once', async () => {
    const fixture = makeManager({ lameDuckDelay: 2 * second });
    const { manager, clock, events, lines } = fixture;
    const seen: string[] = [];
    const onPhase = (message: unknown): void => void seen.push((message as { phase: string }).phase);
    subscribe('bowline:phase:entered', onPhase);
    const told: string[] = [];
    events.on('phase:entered', ({ previous, phase }) => told.push(`${previous} -> ${phase}`));
    await ready(fixture);
    const draining = manager.lifecycle.reached('draining');
    const stopped = manager.gracefulStop();
    await clock.advance(10 * second);
    const report = await stopped;
    unsubscribe('bowline:phase:entered', onPhase);
    expect(await draining).toBe('draining');
    expect(seen).toEqual(['starting', 'ready', 'lame-duck', 'draining', 'stopping', 'stopped']);
    expect(told).toHaveLength(6);
    expect(lines.filter((line) => line.startsWith('info The application is'))).toHaveLength(6);
    expect(report.phases.find(({ phase }) => phase === 'lame-duck')?.duration).toBe(2 * second);
    expect(clock.pending).toBe(0);
  });

  it('serves through the lame duck, then runs the last hooks, then drains and stops dependents first', async () => {
    const fixture = makeManager({ lameDuckDelay: second });
    const { manager, clock, notes } = fixture;
    manager.add('queue', worker(fixture, 'queue', { drain: 100 }));
    manager.add('api', worker(fixture, 'api', { drain: 300 }), { dependsOn: ['queue'] });
    hook(fixture, 'OnLameDuck', 'deregister', 0, 50);
    hook(fixture, 'PreShutdown', 'second', 2, 10);
    hook(fixture, 'PreShutdown', 'first', 1, 10);
    hook(fixture, 'PostShutdown', 'last');
    await ready(fixture);
    notes.length = 0;
    const stopped = manager.gracefulStop();
    await clock.advance(5 * second);
    await stopped;
    expect(notes).toEqual([
      '0 queue lame-duck',
      '0 api lame-duck',
      '0 deregister begins',
      '50 deregister ends',
      '1000 first begins',
      '1010 first ends',
      '1010 second begins',
      '1020 second ends',
      '1020 api drain',
      '1320 api drain done',
      '1320 queue drain',
      '1420 queue drain done',
      '1420 api stop',
      '1420 api stop done',
      '1420 queue stop',
      '1420 queue stop done',
      '1420 last begins',
      '1420 last ends',
    ]);
  });

  it('runs every hook once, whoever stops how often, and keeps all errors', async () => {
    const fixture = makeManager();
    const { manager, clock } = fixture;
    const counts = { throws: 0, rejects: 0, fine: 0 };
    manager.preShutdownHook('throws', () => {
      counts.throws++;
      throw new Error('one');
    });
    manager.preShutdownHook('rejects', () => {
      counts.rejects++;
      return Promise.reject(new Error('two'));
    });
    manager.preShutdownHook('fine', () => void counts.fine++, { order: 1 });
    await ready(fixture);
    const first = manager.gracefulStop();
    const again = manager.gracefulStop({ reason: { kind: 'signal', signal: 'SIGTERM' } });
    await clock.advance(second);
    const report = await first;
    expect(await again).toBe(report);
    expect(counts).toEqual({ throws: 1, rejects: 1, fine: 1 });
    expect(report.failures.map(({ name, error }) => `${name}: ${(error as Error).message}`)).toEqual([
      'throws: one',
      'rejects: two',
    ]);
    expect(report.exitCode).toBe(21);
  });

  it('answers a hook that stops it at once, with the live report', async () => {
    const fixture = makeManager();
    const { manager, clock } = fixture;
    let phase: string | undefined;
    manager.preShutdownHook('impatient', async () => {
      const report = await manager.gracefulStop();
      ({ phase } = report);
    });
    await ready(fixture);
    const stopped = manager.gracefulStop();
    await clock.advance(second);
    expect((await stopped).failures).toEqual([]);
    expect(phase).toBe('lame-duck');
  });

  it('does not wait for a hook that hangs, and names it', async () => {
    const fixture = makeManager();
    const { manager, clock } = fixture;
    let aborted = false;
    manager.preShutdownHook(
      'hangs',
      ({ signal }) => {
        signal.addEventListener('abort', () => (aborted = true));
        return new Promise(() => undefined);
      },
      { timeout: 700 },
    );
    await ready(fixture);
    const stopped = manager.gracefulStop();
    await clock.advance(second);
    const report = await stopped;
    expect(aborted).toBe(true);
    expect(report.hooks[0]?.error).toMatchObject({ code: 'BOW_OUT_OF_TIME' });
    expect(describeReport(report)).toContain('failed: hangs');
  });

  it('tells the late once draining has lasted too long, and does not wait beyond', async () => {
    const fixture = makeManager({ drainTimeout: 2 * second, abortGrace: 500 });
    const { manager, clock } = fixture;
    let told = -1;
    manager.add('queue', {
      drain: ({ deadline }) =>
        new Promise(() => {
          deadline.signal.addEventListener('abort', () => (told = clock.elapsed()));
        }),
      activity: () => ({ active: 3 }),
    });
    await ready(fixture);
    const stopped = manager.gracefulStop();
    await clock.advance(4 * second);
    const report = await stopped;
    expect(told).toBe(2 * second);
    expect(report.duration).toBe(2_750);
    expect(report.leftovers).toEqual([{ name: 'queue', active: 3 }]);
    expect(report.exitCode).toBe(20);
  });

  it('reports the drain and the stop of a hosted service, and what failed of the rest', async () => {
    const fixture = makeManager();
    const { manager, clock } = fixture;
    manager.add('queue', worker(fixture, 'queue', { drain: 300, stop: 20 }));
    manager.add('mail', { drain: () => undefined });
    manager.add('registry', { lameDuck: () => Promise.reject(new Error('it is gone')) });
    await ready(fixture);
    const stopped = manager.gracefulStop();
    await clock.advance(second);
    expect((await stopped).services.map(({ step, name }) => `${step} ${name}`)).toEqual([
      'lameDuck registry',
      'drain mail',
      'drain queue',
      'stop queue',
    ]);
  });

  it('takes another drain timeout while it drains', async () => {
    const fixture = makeManager({ drainTimeout: 5 * second });
    const { manager, clock } = fixture;
    let told = -1;
    manager.add('queue', {
      drain: ({ deadline }) =>
        new Promise<void>((resolve) => {
          deadline.signal.addEventListener('abort', () => {
            told = clock.elapsed();
            resolve();
          });
        }),
    });
    await ready(fixture);
    const stopped = manager.gracefulStop();
    await clock.advance(second);
    manager.setDrainTimeout(1_500);
    await clock.advance(second);
    await stopped;
    expect(told).toBe(1_500);
  });

  it('cuts at once when somebody insists, and still closes services and reports', async () => {
    const fixture = makeManager({ lameDuckDelay: 3 * second });
    const { manager, clock, notes } = fixture;
    manager.add('queue', worker(fixture, 'queue', { drain: 60 * second, stop: 10 }));
    hook(fixture, 'PostShutdown', 'last');
    await ready(fixture);
    const stopped = manager.gracefulStop();
    await clock.advance(second);
    manager.force();
    await clock.advance(2 * second);
    const report = await stopped;
    expect(report.forced).toBe(true);
    expect(report.exitCode).toBe(22);
    expect(report.duration).toBeLessThan(2_300);
    expect(notes.at(-1)).toMatch(/last ends$/);
  });

  it('ends within its grace period whatever hangs', async () => {
    const fixture = makeManager();
    const { manager, clock } = fixture;
    manager.preShutdownHook('one', never).postShutdownHook('two', never);
    manager.add('queue', { drain: never, stop: never, lameDuck: never });
    await ready(fixture);
    const stopped = manager.gracefulStop();
    await clock.advance(60 * second);
    expect(manager.phase).toBe('stopped');
    expect((await stopped).duration).toBeLessThanOrEqual(9 * second);
  });

  it('stops what was never started without a word to it', async () => {
    const fixture = makeManager();
    const { manager, clock, notes } = fixture;
    manager.add('queue', worker(fixture, 'queue'));
    const stopped = manager.gracefulStop();
    await clock.advance(second);
    expect((await stopped).exitCode).toBe(0);
    expect(notes).toEqual([]);
    expect(manager.phase).toBe('stopped');
  });
});

describe('a manager within another', () => {
  it('takes each step when the outer one says so', async () => {
    const outer = makeManager({ lameDuckDelay: second });
    const inner = makeManager();
    const { clock } = outer;
    // One clock for both.
    const nested = makeManager({}, { clock });
    nested.manager.add('queue', worker({ ...nested, clock, note: outer.note }, 'queue'));
    outer.manager.add(
      'shop',
      nested.manager.asHostedService(() => nested.manager.startup()),
    );
    hook(outer, 'PreShutdown', 'outer');
    void inner;
    const started = outer.manager.startup();
    await clock.advance(0);
    await started;
    expect(nested.manager.phase).toBe('ready');
    const stopped = outer.manager.gracefulStop();
    await clock.advance(500);
    expect(nested.manager.phase).toBe('lame-duck');
    await clock.advance(2 * second);
    await stopped;
    expect(nested.manager.phase).toBe('stopped');
    expect(outer.notes.slice(-6)).toEqual([
      '1000 outer begins',
      '1000 outer ends',
      '1000 queue drain',
      '1000 queue drain done',
      '1000 queue stop',
      '1000 queue stop done',
    ]);
  });
});

function never(): Promise<never> {
  return new Promise(() => undefined);
}
