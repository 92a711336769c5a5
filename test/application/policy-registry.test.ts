import {
  Clock,
  createApplication,
  defineModule,
  Injectable,
  PolicyRegistry,
  PolicySource,
  Retry,
  type BootError,
  type ClassType,
  type PipelineDefinitions,
} from 'bowline';
import { ChaosPolicy, CircuitBreakerPolicy, RetryPolicy, retryBudget, type Policy } from 'bowline/resilience';
import { Test, VirtualClock, type TestApplication } from 'bowline/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

interface Parts {
  readonly policies?: PipelineDefinitions;
  readonly services?: readonly ClassType[];
  readonly source?: PolicySource;
  readonly lines?: string[];
  readonly management?: { readonly port: number; readonly host: string };
}

function moduleOf({ services = [], source }: Parts): ReturnType<typeof defineModule> {
  return defineModule({
    services,
    bind: ({ bind }) => {
      if (source !== undefined) bind(PolicySource).toConstantValue(source);
    },
  });
}

/** A logger that keeps what is said of errors. */
function loggerOf(lines: string[]) {
  const ignore = (): void => {};
  const note = (message: string, fields?: { readonly error?: Error }): void => {
    lines.push(`${message}: ${fields?.error?.message ?? ''}`);
  };
  const logger = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: note, fatal: note };
  return { ...logger, child: () => logger };
}

async function start(parts: Parts = {}, clock?: VirtualClock): Promise<TestApplication> {
  const { policies = {}, lines = [], management } = parts;
  const logger = loggerOf(lines) as never;
  const made = Test.createApplication({
    modules: [moduleOf(parts)],
    policies,
    logger,
    ...(management === undefined ? {} : { management, servers: { main: { port: 0, host: '127.0.0.1' } } }),
  });
  const app = await (clock === undefined ? made : made.override(Clock).useValue(clock)).create();
  onTestFinished(() => app.close());
  return app;
}

async function problemsOf(parts: Parts): Promise<string[]> {
  const { policies = {} } = parts;
  const error: unknown = await createApplication({ modules: [moduleOf(parts)], policies, signals: false }).then(
    async (app) => {
      await app.close();
    },
    (thrown: unknown) => thrown,
  );
  if (error === undefined) throw new Error('It was accepted.');
  return (error as BootError).problems.map(({ code, message }) => `${code}: ${message}`);
}

function policyOf<P extends Policy<unknown>>(
  app: TestApplication,
  pipeline: string,
  type: abstract new (...args: never[]) => P,
): P {
  const found = app
    .get(PolicyRegistry)
    .get(pipeline)
    .policies.find((policy) => policy instanceof type);
  if (!(found instanceof type)) throw new Error(`${pipeline} has no ${type.name}`);
  return found;
}

/** A source that says what the test wants, when it wants. */
class Source extends PolicySource {
  readonly #first: unknown;
  change: (definitions: unknown) => void = () => {};
  ended = 0;

  constructor(first: unknown = {}) {
    super();
    this.#first = first;
  }

  load(): PipelineDefinitions {
    return this.#first as PipelineDefinitions;
  }

  override watch(changed: (definitions: PipelineDefinitions) => void): () => void {
    this.change = changed as (definitions: unknown) => void;
    return () => void this.ended++;
  }
}

const fail = (): Promise<never> => Promise.reject(new Error('down'));
const nothing = (): void => {};

describe('what a source says while the application runs', () => {
  it('takes the place of all that it said: what it says no more goes, of every pipeline', async () => {
    const source = new Source({ a: { timeout: 100 }, b: { timeout: 100, retry: {} } });
    const app = await start({ policies: { a: { timeout: 1_000 }, b: { timeout: 1_000 } }, source });
    const registry = app.get(PolicyRegistry);
    source.change({ b: { timeout: 200 } });

    expect(registry.describe('a')).toContain('timeout 1000 (policies of createApplication)');
    expect(registry.describe('b')).toContain('timeout 200 (PolicySource)');
    expect(registry.get('b').policies.map(({ kind }) => kind)).toEqual(['timeout']);
    source.change({});
    expect(registry.describe()).not.toContain('PolicySource');
  });

  it('leaves a pipeline that nobody else defines without policies, when it says nothing of it any more', async () => {
    const source = new Source({ own: { timeout: 100 } });
    const app = await start({ source });
    source.change({});

    expect(app.get(PolicyRegistry).describe('own')).toBe('own');
    expect(
      await app
        .get(PolicyRegistry)
        .get('own')
        .execute(() => 1),
    ).toBe(1);
  });

  it('is refused whole where a part of it is wrong, and nothing that it said goes then', async () => {
    const source = new Source({ a: { timeout: 100 }, b: { timeout: 100 } });
    const lines: string[] = [];
    const app = await start({ source, lines });
    source.change({ b: { timeout: -1 } });

    expect(app.get(PolicyRegistry).describe()).toMatch(/timeout 100 \(PolicySource\)[^]*timeout 100 \(PolicySource\)/);
    expect(lines).toEqual([
      expect.stringMatching(/wrong, and nothing of it.*policies\.b\.timeout is -1.*PolicySource/s),
    ]);
  });

  it.each([
    [null, 'What PolicySource.watch() tells is null; it must be a plain object with a pipeline for each name.'],
    [[], 'What PolicySource.watch() tells is an array'],
    [undefined, 'What PolicySource.watch() tells is undefined'],
    ['text', "What PolicySource.watch() tells is 'text'"],
    [{ a: 5 }, 'policies.a is 5; it must be a plain object with the options of each policy (PolicySource).'],
    [{ a: null }, 'policies.a is null'],
    [{ a: { retry: new Map() } }, 'policies.a.retry is an object; it must be a plain object (PolicySource).'],
    [{ z: {} }, "PolicySource names the pipeline 'z', which nobody defines"],
  ])('is logged and changes nothing where it is %j', async (nonsense, problem) => {
    const source = new Source({ a: { timeout: 100 } });
    const lines: string[] = [];
    const app = await start({ source, lines });
    source.change(nonsense);

    expect(lines).toEqual([expect.stringContaining(problem)]);
    expect(app.get(PolicyRegistry).describe('a')).toContain('timeout 100 (PolicySource)');
  });

  it('is watched until the application stops, and not heard later', async () => {
    const source = new Source({ a: { timeout: 100 } });
    const app = await start({ source });
    await app.close();
    source.change({ a: { timeout: 200 } });

    expect(source.ended).toBe(1);
    expect(app.application.explain().toString()).toContain('timeout 100 (PolicySource)');
  });

  it('logs that its watch could not be ended, at once or later', async () => {
    const ends = [
      () => {
        throw new Error('at once');
      },
      () => Promise.reject(new Error('later')),
    ];
    const lines: string[] = [];
    for (const end of ends) {
      const source = Object.assign(new Source(), { watch: () => end });
      const app = await start({ source, lines });
      await app.close();
    }

    await expect.poll(() => lines.length).toBe(2);
    expect(lines).toEqual([
      'The watch of the PolicySource could not be ended: at once',
      'The watch of the PolicySource could not be ended: later',
    ]);
  });
});

describe('a source that cannot be used', () => {
  it.each([
    [() => fail(), 'its watch() returned a promise.'],
    [async () => nothing, 'its watch() returned a promise.'],
    [() => undefined, 'its watch() returned undefined and not a function.'],
    [
      () => {
        throw new Error('no inotify');
      },
      'its watch() threw: no inotify.',
    ],
  ])('is a problem of the start: %s', async (watch, reason) => {
    const source = Object.assign(new Source(), { watch: watch as never });

    expect(await problemsOf({ source })).toEqual([
      `BOW_POLICY_SOURCE_UNWATCHED: The PolicySource cannot be watched: ${reason} Let watch() begin, and return at once the function that ends it; leave it out where nothing changes.`,
    ]);
  });

  it('is ended all the same when it gives the function too late', async () => {
    let ended = 0;
    const source = Object.assign(new Source(), { watch: (async () => () => void ended++) as never });
    await problemsOf({ source });

    await expect.poll(() => ended).toBe(1);
  });

  it.each([[null], [undefined], ['text'], [5], [[]], [[1]], [new Map()]])(
    'is a problem of the start where it loads %j',
    async (nonsense) => {
      const source = new Source();
      source.load = () => nonsense as never;

      expect(await problemsOf({ source })).toEqual([
        expect.stringMatching(
          /^BOW_OPTION_INVALID: What PolicySource\.load\(\) gives is .*; it must be a plain object/,
        ),
      ]);
    },
  );
});

describe('nonsense among the policies of createApplication', () => {
  it.each([[null], [5], ['x'], [[]], [[1]], [new Map()]])('is a problem of the start: %j', async (nonsense) => {
    const policies = { a: nonsense } as unknown as PipelineDefinitions;
    expect(await problemsOf({ policies })).toEqual([
      expect.stringMatching(
        /^BOW_OPTION_INVALID: policies\.a is .*; it must be a plain object with the options of each/,
      ),
    ]);
  });

  it.each([[null], [5], [[]], [new Map()]])(
    'is a problem of the start in place of all of them: %j',
    async (nonsense) => {
      expect(await problemsOf({ policies: nonsense as never })).toEqual([
        expect.stringMatching(/^BOW_OPTION_INVALID: options\.policies is .* object with a pipeline for each name/),
      ]);
    },
  );

  it('is not what is undefined: that was not given', async () => {
    const app = await start({ policies: { a: { timeout: 5 }, b: undefined as never } });
    expect(app.get(PolicyRegistry).names).toEqual(['a']);
  });
});

describe('PolicyRegistry.configure', () => {
  it.each([[null], [undefined], [5], ['x'], [[]]])('throws and changes nothing for %j', async (nonsense) => {
    const app = await start({ policies: { a: { timeout: 5 } } });
    expect(() => app.get(PolicyRegistry).configure(nonsense as never)).toThrow(
      /What PolicyRegistry\.configure\(\) is given is .*; it must be a plain object/,
    );
  });

  it.each([[null], [5], [[]]])('throws for a pipeline that is %j', async (nonsense) => {
    const app = await start({ policies: { a: { timeout: 5 } } });
    expect(() => app.get(PolicyRegistry).configure({ a: nonsense as never })).toThrow(
      /policies\.a is .*; it must be a plain object with the options of each policy \(changed while it runs\)/,
    );
  });

  it('adds one change to another, however many there are, and knows where each option comes from', async () => {
    const app = await start({ policies: { a: { timeout: 5, fallback: { value: 1 } } } });
    const registry = app.get(PolicyRegistry);
    registry.configure({ a: { timeout: { abortGrace: 7 }, retry: { maxAttempts: 4 } } });
    registry.configure({ a: { timeout: 9, fallback: { run: () => 2 } } });
    registry.configure({ a: { fallback: { value: 3 } } });
    const told = registry.describe('a');

    expect(told).toContain('timeout 9 (changed while it runs)');
    expect(told).toContain('abortGrace 7 (changed while it runs)');
    expect(told).toContain('maxAttempts 4 (changed while it runs)');
    expect(told).toContain('value 3 (changed while it runs)');
    expect(told).not.toContain('run ');
  });

  it('reads no earlier change again', async () => {
    const app = await start({ policies: { a: { timeout: 5 } } });
    const registry = app.get(PolicyRegistry);
    let reads = 0;
    for (let change = 0; change < 100; change++) {
      const definition = {
        get timeout(): number {
          reads++;
          return 100 + change;
        },
      };
      registry.configure({ a: definition });
    }
    const before = reads;
    registry.configure({ a: { retry: {} } });

    expect(reads).toBe(before);
  });

  it('leaves alone what was set by hand, and says so, where it says nothing else of it', async () => {
    const app = await start({ policies: { a: { timeout: 1_000, circuitBreaker: {}, chaosFault: { rate: 0.1 } } } });
    const registry = app.get(PolicyRegistry);
    const breaker = policyOf(app, 'a', CircuitBreakerPolicy);
    const fault = policyOf(app, 'a', ChaosPolicy);
    breaker.mode = 'observe';
    fault.mode = 'off';
    fault.rate = 0;
    registry.configure({ a: { timeout: 500, circuitBreaker: { minimumCalls: 3 }, chaosFault: { seed: 7 } } });

    expect([breaker.mode, fault.mode, fault.rate]).toEqual(['observe', 'off', 0]);
    expect(registry.describe('a')).toContain('circuitBreaker, observe (set by hand)');
    expect(registry.describe('a')).toContain('rate 0 (set by hand)');
    expect(registry.describe('a')).toContain('minimumCalls 3 (changed while it runs)');
  });

  it('counts above what was set by hand where it names that, and also where it named it before', async () => {
    const app = await start({ policies: { a: { circuitBreaker: {}, chaosFault: { rate: 0.1 } } } });
    const registry = app.get(PolicyRegistry);
    const breaker = policyOf(app, 'a', CircuitBreakerPolicy);
    const fault = policyOf(app, 'a', ChaosPolicy);
    for (let time = 0; time < 2; time++) {
      breaker.mode = 'off';
      fault.rate = 0;
      registry.configure({ a: { circuitBreaker: { mode: 'enforce' }, chaosFault: { rate: 0.1 } } });
      expect([breaker.mode, fault.rate]).toEqual(['enforce', 0.1]);
    }
    expect(registry.describe('a')).toContain('circuitBreaker, enforce (changed while it runs)');
  });

  it('does not touch a policy of which it changes nothing', async () => {
    const source = new Source({ a: { circuitBreaker: { mode: 'enforce' } } });
    const app = await start({ source });
    const breaker = policyOf(app, 'a', CircuitBreakerPolicy);
    breaker.mode = 'observe';
    source.change({ a: { circuitBreaker: { mode: 'enforce' }, timeout: 5 } });
    expect(breaker.mode).toBe('observe');

    source.change({ a: { circuitBreaker: { mode: 'off' } } });
    expect(breaker.mode).toBe('off');
  });
});

describe('an option that is undefined', () => {
  it('counts as not given, in every layer', async () => {
    @Injectable()
    class Remote {
      @Retry('a', { maxAttempts: 7, ...({ backoff: undefined } as object) })
      async ask(): Promise<void> {}

      @Retry('a', { maxAttempts: 7 })
      async askAgain(): Promise<void> {}
    }
    const unsaid = { retry: { maxAttempts: undefined } } as object;
    const source = new Source({ a: unsaid });
    const app = await start({ services: [Remote], policies: { a: unsaid }, source });
    app.get(PolicyRegistry).configure({ a: unsaid });

    expect(app.get(PolicyRegistry).describe('a')).toMatch(
      /maxAttempts 7 \(@Retry on Remote\.ask(Again)?\)\n\s+backoff .* \(by default\)/,
    );
  });

  it('is the value of a fallback that gives undefined', async () => {
    const app = await start({ policies: { a: { fallback: { value: undefined } } } });
    expect(await app.get(PolicyRegistry).get('a').execute(fail)).toBeUndefined();
  });
});

describe('a retry budget', () => {
  async function spend(app: TestApplication, pipeline: string, calls: number): Promise<void> {
    const through = app.get(PolicyRegistry).get(pipeline);
    for (let call = 0; call < calls; call++) await Promise.resolve(through.execute(fail)).catch(nothing);
  }

  it('that several share is not counted anew when one more joins them', async () => {
    const budget = retryBudget({ minRetries: 100, ratio: 0 });
    const retry = { backoff: 0, maxAttempts: 2 };
    const app = await start({ policies: { a: { retry: { ...retry, budget } }, b: { retry } } });
    await spend(app, 'a', 40);
    app.get(PolicyRegistry).configure({ b: { retry: { budget } } });

    expect(policyOf(app, 'a', RetryPolicy).metrics.budgetLeft).toBe(60);
    expect(policyOf(app, 'b', RetryPolicy).metrics.budgetLeft).toBe(60);
  });

  it('takes another that looks the same for another', async () => {
    const [one, other] = [retryBudget({ minRetries: 5 }), retryBudget({ minRetries: 5 })];
    const app = await start({ policies: { a: { retry: { budget: one } } } });
    app.get(PolicyRegistry).configure({ a: { retry: { budget: other } } });

    expect(policyOf(app, 'a', RetryPolicy).options.budget).toBe(other);
  });

  it('of one policy counts on when it is changed', async () => {
    const app = await start({ policies: { a: { retry: { backoff: 0, maxAttempts: 2, budget: { minRetries: 9 } } } } });
    await spend(app, 'a', 4);
    app.get(PolicyRegistry).configure({ a: { retry: { budget: { minRetries: 7, ratio: 0 } } } });

    expect(policyOf(app, 'a', RetryPolicy).metrics.budgetLeft).toBe(3);
  });
});

describe('an application that drains', () => {
  /** Calls the pipeline `a` with `key` and keeps how the call ends. */
  function caller(app: TestApplication, ends: string[]) {
    return (key: string, run: () => unknown): void => {
      const called = app
        .get(PolicyRegistry)
        .get('a')
        .execute(run, { args: [key] });
      Promise.resolve(called).then(
        () => ends.push(`${key} ended`),
        (error: unknown) =>
          ends.push(`${key} ${(error as Error & { code?: string }).code ?? (error as Error).message}`),
      );
    };
  }
  const key = ({ args }: { readonly args: readonly unknown[] }): string => String(args[0]);

  it('lets nobody wait in the states of more keys than are kept', async () => {
    const ends: string[] = [];
    const app = await start({ policies: { a: { retry: { backoff: 3_600_000, key, maxKeys: 2 } } } });
    const call = caller(app, ends);
    for (const each of ['one', 'two', 'three', 'four']) call(each, fail);
    await new Promise(setImmediate);
    await app.close();

    expect(ends.toSorted()).toEqual(['four down', 'one down', 'three down', 'two down']);
  });

  it.each<[string, PipelineDefinitions]>([
    ['has a key now', { a: { bulkhead: { maxConcurrent: 1, maxQueue: 5, key: () => 'all' } } }],
    ['is no more', {}],
  ])('begins nothing that waits in a bulkhead which %s', async (_how, change) => {
    const ends: string[] = [];
    const source = new Source({ a: { bulkhead: { maxConcurrent: 1, maxQueue: 5, queueTimeout: 3_600_000 } } });
    const app = await start({ source });
    const call = caller(app, ends);
    const { promise, resolve } = Promise.withResolvers<void>();
    call('one', () => promise);
    call('two', () => ends.push('two began'));
    source.change(change);
    await app.close();
    resolve();
    await new Promise(setImmediate);

    expect(ends).toEqual(['two BOW_SHUTTING_DOWN', 'one ended']);
  });

  it('lets nobody wait in a policy that has gone before its calls came to it', async () => {
    const ends: string[] = [];
    const source = new Source({ a: { retry: { backoff: 3_600_000 } } });
    const bulkhead = { maxConcurrent: 1, maxQueue: 5, queueTimeout: 3_600_000 };
    const app = await start({ policies: { a: { bulkhead } }, source });
    const call = caller(app, ends);
    const { promise, resolve } = Promise.withResolvers<void>();
    call('one', () => promise);
    call('two', fail);
    source.change({});
    resolve();
    await new Promise(setImmediate);
    expect(ends).toEqual(['one ended']);
    await app.close();

    expect(ends).toEqual(['one ended', 'two down']);
  });

  it('knows of a call whose begin has changed the policies: it goes through those that there are then', async () => {
    const ends: string[] = [];
    const source = new Source({ a: { retry: { backoff: 3_600_000 } } });
    const app = await start({ source });
    app.get(PolicyRegistry).on('call', () => source.change({}));
    caller(app, ends)('one', fail);
    await new Promise(setImmediate);

    expect(ends).toEqual(['one down']);
  });
});

describe('what a circuit says of health', () => {
  const key = ({ args }: { readonly args: readonly unknown[] }): string => String(args[0]);

  async function startWithHealth(policies: PipelineDefinitions) {
    const clock = new VirtualClock();
    const app = await start({ policies, management: { port: 0, host: '127.0.0.1' } }, clock);
    await app.application.listen();
    const through = app.get(PolicyRegistry).get('a');
    const url = new URL('/health', app.application.managementUrl);
    return {
      clock,
      call: (name: string, run: () => unknown) =>
        Promise.resolve(through.execute(run, { args: [name] })).catch(nothing),
      health: async () => {
        const answer = (await (await fetch(url)).json()) as { readonly checks: readonly object[] };
        return answer.checks.find((check) => (check as { readonly name: string }).name === 'policies');
      },
    };
  }

  it('names the keys of those that are open, a few and shortened', async () => {
    const circuitBreaker = { minimumCalls: 1, key };
    const { call, health } = await startWithHealth({ a: { circuitBreaker } });
    for (const name of ['gone', 'a-token-that-nobody-should-see', 'three']) await call(name, fail);
    await call('well', () => 1);
    expect(await health()).toMatchObject({
      state: 'degraded',
      reason: "the circuit of a is open for 'gone', 'a-token-that-nobody-...', 'three'",
    });

    for (const name of ['four', 'five']) await call(name, fail);
    expect(await health()).toMatchObject({ reason: expect.stringContaining("'three' and 2 others") as string });
  });

  it.each([undefined, key])(
    'is that it is open as long as it refuses, and well when nobody has called for a minute after',
    async (own) => {
      const circuitBreaker = { minimumCalls: 1, openDuration: 300_000, ...(own === undefined ? {} : { key: own }) };
      const { clock, call, health } = await startWithHealth({ a: { circuitBreaker } });
      await call('gone', fail);
      await clock.advance(299_000);
      expect(await health()).toMatchObject({ state: 'degraded', reason: expect.stringContaining('is open') as string });
      await call('gone', () => 1);
      await clock.advance(1_000);
      expect(await health()).toMatchObject({
        state: 'degraded',
        reason: expect.stringContaining('halfOpen') as string,
      });

      await clock.advance(60_000);
      expect(await health()).toMatchObject({ state: 'up' });
    },
  );

  it('is that it tries again as long as a call does', async () => {
    const circuitBreaker = { minimumCalls: 1, openDuration: 1_000 };
    const { clock, call, health } = await startWithHealth({ a: { circuitBreaker } });
    await call('gone', fail);
    await clock.advance(1_000);
    const { promise, resolve } = Promise.withResolvers<void>();
    const trial = call('gone', () => promise);
    await clock.advance(3_600_000);
    expect(await health()).toMatchObject({ state: 'degraded', reason: 'the circuit of a is halfOpen' });
    resolve();
    await trial;

    expect(await health()).toMatchObject({ state: 'up' });
  });
});
