import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { passed, type Logger } from '../../src/foundation/index.js';
import { describeReport, type HostedService, type HookName, type StopContext } from '../../src/lifecycle/index.js';
import { listing, makeManager, type Fixture } from './manager-fixture.js';

const second = 1_000;

type Figures = Partial<Record<'running' | 'active' | 'cut', number>>;

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
  it('gives up OnReady hooks before the lame duck of a stop that comes meanwhile', async () => {
    const fixture = makeManager({ lameDuckDelay: 100 });
    const { manager, clock, notes, lines } = fixture;
    let reason: unknown;
    manager.addHook({
      hook: 'OnReady',
      name: 'announce',
      order: 0,
      timeout: undefined,
      run: async ({ signal }) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          fixture.note('given up');
        });
        await clock.wait(second);
      },
    });
    hook(fixture, 'OnReady', 'later', 1);
    hook(fixture, 'OnLameDuck', 'withdraw');
    const started = manager.startup();
    await clock.advance(50);
    const stopped = manager.gracefulStop();
    await clock.advance(second);
    await started;
    expect((await stopped).failures).toEqual([]);
    expect(notes.slice(0, 2)).toEqual(['50 given up', '50 withdraw begins']);
    expect(notes).not.toContain('50 later begins');
    expect(reason).toMatchObject({ code: 'BOW_START_GIVEN_UP' });
    expect(lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

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

  it.each([Infinity, Number.NaN, -5, 3e9, '5000', undefined])('takes %s for no time to drain', (timeout) => {
    const { manager } = makeManager();
    expect(() => manager.setDrainTimeout(timeout as number)).toThrow(/setDrainTimeout\(\) is .*a whole number from 0/);
  });

  it('refuses a hook that is none, when it is given and not at the stop', () => {
    const { manager } = makeManager();
    const nothing = (): void => undefined;
    expect(() => manager.preShutdownHook('flush', 'no' as never)).toThrow(/'flush' is 'no'; it must be a function/);
    expect(() => manager.postShutdownHook('flush', nothing, { timeout: Number.NaN })).toThrow(/timeout of .* is NaN/);
    expect(() => manager.postShutdownHook('flush', nothing, { timeout: 0 })).toThrow(/timeout of .* is 0/);
    expect(() => manager.preShutdownHook('flush', nothing, { order: 'first' as never })).toThrow(/order of .* 'first'/);
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

  it('blames nobody who is told to hurry', async () => {
    const fixture = makeManager();
    const { manager, clock, lines } = fixture;
    manager.add('main', { lameDuck: () => never() });
    hook(fixture, 'OnLameDuck', 'slow', 0, 3 * second);
    await ready(fixture);
    const stopped = manager.gracefulStop({ lameDuckDelay: 2 * second });
    await clock.advance(second);
    manager.force();
    await clock.advance(2 * second);
    const report = await stopped;
    expect(report.services).toEqual([]);
    expect(report.hooks).toMatchObject([{ name: 'slow', error: { code: 'BOW_STOP_FORCED' } }]);
    expect(report.failures).toEqual([]);
    expect(report.exitCode).toBe(22);
    expect(describeReport(report)).toContain('OnLameDuck   slow: 1.0 s, not waited for any longer');
    expect(lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it('names the routes that it waits for', async () => {
    const waiting: unknown[] = [];
    const info: Logger['info'] = (_message, fields) => void waiting.push(fields?.['routes']);
    const log = Object.assign(listing([]), { info });
    const fixture = makeManager({}, { log });
    const { manager, clock } = fixture;
    const routes = [{ method: 'GET', route: '/slow', inFlight: 2 }];
    const health = { name: 'main', inFlight: 2, connections: { total: 2, active: 2, idle: 0 }, routes };
    const drain = (): Promise<void> => clock.wait(6 * second);
    const main: object = { name: 'main', stopReport: undefined, getHealthStatus: () => health, drain };
    manager.add('main', main);
    await ready(fixture);
    const stopped = manager.gracefulStop();
    await clock.advance(8 * second);
    await stopped;
    expect(waiting).toContainEqual(['GET /slow: 2']);
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

describe('what a stop is told', () => {
  it.each([
    ['a delay that is no number', { lameDuckDelay: Number.NaN }],
    ['a delay without an end', { lameDuckDelay: Infinity }],
    ['a delay below 0', { lameDuckDelay: -1 }],
    ['a delay that is null', { lameDuckDelay: null }],
    ['a reason that is none', { reason: 'because' }],
    ['a signal without its name', { reason: { kind: 'signal' } }],
    ['no object', null],
  ])('is refused where it is %s, and nothing stops', async (_what, options) => {
    const fixture = makeManager();
    const { manager, clock } = fixture;
    await ready(fixture);
    await expect(manager.gracefulStop(options as never)).rejects.toMatchObject({ code: 'BOW_OPTION_INVALID' });
    expect(manager.phase).toBe('ready');
    const stopped = manager.gracefulStop();
    await clock.advance(second);
    expect((await stopped).reason).toEqual({ kind: 'api' });
  });

  it('leaves half of draining where its lame duck is longer than the grace period, and says so', async () => {
    const fixture = makeManager();
    const { manager, clock, lines } = fixture;
    let given = -1;
    manager.add('queue', { drain: ({ deadline }) => void (given = deadline.remaining) });
    await ready(fixture);
    const stopped = manager.gracefulStop({ lameDuckDelay: 60 * second });
    await clock.advance(60 * second);
    const report = await stopped;
    expect(given).toBeGreaterThan(3 * second);
    expect(report.exitCode).toBe(0);
    expect(lines).toContainEqual(expect.stringMatching(/^warn The lame duck takes \d+ ms and not 60000, since/));
  });

  it('takes no time from hooks where draining may take longer than there is', async () => {
    const fixture = makeManager({ lameDuckDelay: second });
    const { manager, clock, notes } = fixture;
    hook(fixture, 'PreShutdown', 'flush', 0, 50);
    manager.setDrainTimeout(600 * second);
    await ready(fixture);
    const stopped = manager.gracefulStop();
    await clock.advance(10 * second);
    expect((await stopped).exitCode).toBe(0);
    expect(notes).toEqual(['1000 flush begins', '1050 flush ends']);
  });

  it('holds no timer where draining is given more time when it is over', async () => {
    const fixture = makeManager();
    const { manager, clock } = fixture;
    manager.add('queue', {});
    manager.postShutdownHook('late', () => manager.setDrainTimeout(600 * second));
    await ready(fixture);
    const stopped = manager.gracefulStop();
    await clock.advance(second);
    await stopped;
    manager.setDrainTimeout(600 * second);
    manager.force();
    expect(clock.pending).toBe(0);
  });
});

describe('the report of a manager', () => {
  it('tells of OnReady hooks that failed, and of none that was given up', async () => {
    const fixture = makeManager();
    const { manager, clock } = fixture;
    const onReady = (name: string, order: number, run: () => unknown): void =>
      void manager.addHook({ hook: 'OnReady', name, order, timeout: undefined, run });
    onReady('register', 0, () => Promise.reject(new Error('no registry')));
    onReady('fine', 0, () => undefined);
    onReady('hangs', 1, never);
    const started = manager.startup();
    await clock.advance(100);
    const stopped = manager.gracefulStop();
    await clock.advance(second);
    await started;
    const report = await stopped;
    expect(report.hooks.map(({ hook: name, ...each }) => `${name} ${each.name}`)).toEqual(['OnReady register']);
    expect(report.exitCode).toBe(21);
    expect(describeReport(report)).toContain('OnReady      register: 0 ms, failed: no registry');
  });

  it('tells of them also where the stop comes much later', async () => {
    const fixture = makeManager();
    const { manager, clock } = fixture;
    const run = (): never => {
      throw new Error('no registry');
    };
    manager.addHook({ hook: 'OnReady', name: 'register', order: 0, timeout: undefined, run });
    await ready(fixture);
    await clock.advance(60 * second);
    const stopped = manager.gracefulStop();
    await clock.advance(second);
    expect((await stopped).failures.map(({ name }) => name)).toEqual(['register']);
  });

  it('takes what throws nothing for a failure too', async () => {
    const fixture = makeManager();
    const { manager, clock, lines } = fixture;
    manager.preShutdownHook('throws', () => {
      throw undefined;
    });
    manager.add('queue', { stop: () => Promise.reject() });
    await ready(fixture);
    const stopped = manager.gracefulStop();
    await clock.advance(second);
    const report = await stopped;
    expect(report.failures.map(({ name }) => name)).toEqual(['throws', 'queue']);
    expect(describeReport(report)).toContain('PreShutdown  throws: 0 ms, failed: It threw undefined.');
    expect(lines).toContain('error PreShutdown of throws failed');
    const other = makeManager();
    other.manager.add('queue', { start: () => Promise.reject() });
    await expect(other.manager.startup()).rejects.toThrow('It threw undefined.');
  });

  it('tells of errors that nobody caught meanwhile, and its exit code follows', async () => {
    const fixture = makeManager({ lameDuckDelay: second });
    const { manager, clock, lines } = fixture;
    await ready(fixture);
    manager.noteUncaught(new Error('before'));
    const stopped = manager.gracefulStop();
    await clock.advance(100);
    manager.noteUncaught(new Error('meanwhile'));
    await clock.advance(2 * second);
    const report = await stopped;
    expect(report.uncaught).toMatchObject([{ message: 'meanwhile' }]);
    expect(report.exitCode).toBe(1);
    expect(lines.at(-1)).toBe('warn The application has stopped');
  });

  it.each([
    ['info', 'all was finished', {}],
    ['warn', 'a handler ran on', { running: 1 }],
    ['warn', 'an upgraded connection was cut', { active: 1 }],
    ['warn', 'a request was cut', { cut: 1 }],
  ])('ends with a line at %s where %s', async (level, _what, { running = 0, active = 0, cut = 0 }: Figures) => {
    const fixture = makeManager();
    const { manager, clock, lines } = fixture;
    const connections = { idle: 0, active, told: 0, open: 0 };
    const figures = {
      name: 'main',
      inFlight: 0,
      finished: 0,
      abandoned: 0,
      refused: 0,
      routes: [],
      cuts: [],
      hooks: [],
    };
    const stopReport = { ...figures, cut, running, connections };
    const main: object = { name: 'main', stopReport, getHealthStatus: () => ({ inFlight: 0 }) };
    manager.add('main', main);
    await ready(fixture);
    const stopped = manager.gracefulStop();
    await clock.advance(second);
    await stopped;
    expect(lines.at(-1)).toBe(`${level} The application has stopped`);
  });

  it('ends with a line for eyes as well as for machines', async () => {
    const lines: string[] = [];
    const shown: unknown[] = [];
    const log = listing(lines);
    log.info = (_message, fields) => void shown.push(fields?.['report']);
    const fixture = makeManager({}, { log });
    await ready(fixture);
    const stopped = fixture.manager.gracefulStop();
    await fixture.clock.advance(second);
    const report = await stopped;
    expect(shown.at(-1)).toEqual(report.toJSON());
    expect(inspect({ report: shown.at(-1) })).toContain('Stopped by api in 0 ms, exit code 0: no request was cut');
  });
});

describe('a manager whose members misbehave', () => {
  it('keeps time for who drains later, since others use him', async () => {
    const fixture = makeManager({ drainTimeout: 2 * second, abortGrace: 500 });
    const { manager, clock } = fixture;
    let late = -1;
    manager.add('pool', { drain: () => clock.wait(300).then(() => void (late = clock.elapsed())) });
    manager.add('api', { drain: () => new Promise(() => undefined) }, { dependsOn: ['pool'] });
    await ready(fixture);
    const stopped = manager.gracefulStop();
    await clock.advance(10 * second);
    const report = await stopped;
    // Four fifths, the moment between the word and the cut, and then all that the other needs.
    expect(late).toBe(1_600 + 750 + 300);
    expect(report.failures.map(({ name }) => name)).toEqual(['api']);
  });

  it('stops all the same where a service cannot say what it does', async () => {
    const fixture = makeManager();
    const { manager, clock } = fixture;
    manager.add('queue', {
      activity: () => {
        throw new Error('broken');
      },
    });
    manager.add('mail', { activity: () => undefined as never });
    await ready(fixture);
    expect(manager.getHealthStatus().hosted.map(({ active }) => active)).toEqual([0, 0]);
    const stopped = manager.gracefulStop();
    await clock.advance(second);
    expect((await stopped).exitCode).toBe(0);
    expect(manager.phase).toBe('stopped');
  });

  it('stops once where a listener of its phases asks for the stop again', async () => {
    const fixture = makeManager({ lameDuckDelay: 300 });
    const { manager, clock, notes } = fixture;
    manager.lifecycle.on('phase:entered', ({ phase }) => {
      if (phase === 'lame-duck') void manager.gracefulStop();
    });
    hook(fixture, 'OnLameDuck', 'leaves');
    hook(fixture, 'PreShutdown', 'last');
    manager.preShutdownHook('again', () => void manager.gracefulStop());
    await ready(fixture);
    const stopped = manager.gracefulStop();
    await clock.advance(second);
    await stopped;
    expect(notes).toEqual(['0 leaves begins', '0 leaves ends', '300 last begins', '300 last ends']);
  });

  it('waits for the whole stop in what a hook or a start has left behind', async () => {
    const fixture = makeManager();
    const { manager, clock, notes } = fixture;
    manager.add('queue', {
      start: () => {
        clock.schedule(() => void manager.gracefulStop().then(() => fixture.note('heard of the end')), 100);
      },
      drain: () => clock.wait(500),
    });
    await ready(fixture);
    await clock.advance(5 * second);
    expect(notes).toEqual(['600 heard of the end']);
  });

  it('refuses what is added too late, and starts servers after all that works behind them', async () => {
    const fixture = makeManager();
    const { manager } = fixture;
    manager.add('queue', {});
    await ready(fixture);
    expect(() => manager.add('late', {})).toThrow('manager.add() was called while the application is ready.');
    expect(() => makeManager().manager.add('x', {}, { dependsOn: 'main' as never })).toThrow(
      "dependsOn of 'x' is 'main'",
    );
  });
});

describe('a manager within another', () => {
  /** Two managers on one clock, the second within the first. */
  async function nest(outer: Fixture, inner: Fixture): Promise<void> {
    outer.manager.add(
      'shop',
      inner.manager.asHostedService(() => inner.manager.startup()),
    );
    const started = outer.manager.startup();
    await outer.clock.advance(0);
    await started;
  }

  it('has in the report of the whole what its services have left undone', async () => {
    const outer = makeManager();
    const inner = makeManager({}, { clock: outer.clock });
    inner.manager.add('queue', { activity: () => ({ active: 3 }) });
    await nest(outer, inner);
    expect(outer.manager.getHealthStatus().hosted).toEqual([{ name: 'shop', active: 3 }]);
    const stopped = outer.manager.gracefulStop();
    await outer.clock.advance(5 * second);
    const report = await stopped;
    expect(report.leftovers).toEqual([{ name: 'shop/queue', active: 3 }]);
    expect(report.exitCode).toBe(20);
  });

  it('tells its late when the time of the whole is over', async () => {
    const outer = makeManager({ drainTimeout: 500 });
    const inner = makeManager({ drainTimeout: 5 * second }, { clock: outer.clock });
    let told = -1;
    const drain = ({ deadline }: StopContext): Promise<void> =>
      passed(deadline.signal).then(() => void (told = outer.clock.elapsed()));
    inner.manager.add('queue', { drain });
    await nest(outer, inner);
    const stopped = outer.manager.gracefulStop();
    await outer.clock.advance(10 * second);
    const report = await stopped;
    expect(told).toBe(500);
    expect(report.failures).toEqual([]);
  });

  it('begins to start nothing more when the whole is given up in the middle of its start', async () => {
    const outer = makeManager();
    const inner = makeManager({}, { clock: outer.clock });
    const { clock } = outer;
    const steps: string[] = [];
    inner.manager.add('slow', { start: () => clock.wait(300), stop: () => void steps.push('slow stops') });
    inner.manager.add('api', { start: () => void steps.push('api starts') }, { dependsOn: ['slow'] });
    outer.manager.add('drains', { drain: () => clock.wait(2 * second) });
    outer.manager.add(
      'shop',
      inner.manager.asHostedService(() => inner.manager.startup()),
    );
    const started = outer.manager.startup().catch((error: unknown) => error);
    await clock.advance(100);
    const stopped = outer.manager.gracefulStop();
    await clock.advance(10 * second);
    await stopped;
    expect(await started).toMatchObject({ code: 'BOW_START_GIVEN_UP' });
    expect(steps).toEqual(['slow stops']);
  });

  it('is never itself, nor within itself', () => {
    const { manager } = makeManager();
    const other = makeManager().manager;
    const start = (): Promise<void> => Promise.resolve();
    expect(() => manager.add('self', manager.asHostedService(start))).toThrow('self -> self');
    other.add('shop', manager.asHostedService(start));
    expect(() => manager.add('other', other.asHostedService(start))).toThrow('other -> other');
  });

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
