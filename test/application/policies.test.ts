import {
  AttemptCall,
  Bulkhead,
  CircuitBreaker,
  Clock,
  contextKey,
  Controller,
  createApplication,
  currentCall,
  deadlineAfter,
  defineModule,
  Fallback,
  Get,
  Injectable,
  PolicyRegistry,
  PreShutdown,
  PolicySource,
  Retry,
  Signal,
  Timeout,
  UsePolicy,
  type Application,
  type BootError,
  type ClassType,
  type PipelineDefinitions,
  type PolicyDecorator,
} from 'bowline';
import {
  BrokenCircuitError,
  DeadlineExceededError,
  isRefusal,
  MemoryRateLimitStore,
  RateLimitedError,
} from 'bowline/resilience';
import { Test, VirtualClock, type TestApplication } from 'bowline/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

async function start(services: readonly ClassType[], policies: PipelineDefinitions = {}): Promise<TestApplication> {
  const modules = [defineModule({ services })];
  const app = await Test.createApplication({ modules, policies, logger: { level: 'silent' } }).create();
  onTestFinished(() => app.close());
  return app;
}

/** The same over its own fetch. */
async function serve(services: readonly ClassType[], controllers: readonly ClassType[]): Promise<Application> {
  const modules = [defineModule({ services, controllers })];
  const app = await createApplication({ modules, signals: false, logger: { level: 'silent' } });
  onTestFinished(async () => {
    await app.close();
  });
  await app.start();
  return app;
}

/** Lets a client leave whose route waits for a service behind `policy`, and gives the reasons that the attempts of it hear, as they come. */
async function reasonsOfLeaving(policy: PolicyDecorator, given?: AbortSignal): Promise<readonly unknown[]> {
  const reasons: unknown[] = [];

  @Injectable()
  class Slow {
    @policy
    async wait(@Signal() signal?: AbortSignal): Promise<string> {
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          reasons.push(signal.reason);
          reject(new Error('given up'));
        });
      });
    }
  }

  @Controller('/slow')
  class SlowController {
    constructor(private readonly slow: Slow) {}

    @Get()
    wait(): Promise<string> {
      return this.slow.wait(given);
    }
  }
  const app = await serve([Slow], [SlowController]);
  const client = new AbortController();
  const answer = app.fetch(new Request('http://localhost/slow', { signal: client.signal }));
  await new Promise(setImmediate);
  client.abort();
  await answer.catch(() => {});
  return reasons;
}

describe('policies by decorator', () => {
  it('surround a method, and leave class, fields, accessors and this as they are', async () => {
    @Injectable()
    class Payments {
      static kind = 'static';
      #attempts = 0;
      readonly field = 'field';

      get attempts(): number {
        return this.#attempts;
      }

      @Retry({ backoff: 0 })
      async pay(amount: number): Promise<string> {
        this.#attempts++;
        if (this.#attempts < 3) throw new Error('not yet');
        return `${amount} by ${this.constructor.name} ${this.field}`;
      }
    }
    const app = await start([Payments]);
    const payments = app.get(Payments);

    expect(await payments.pay(7)).toBe('7 by Payments field');
    expect([payments.attempts, payments instanceof Payments, Object.keys(payments)]).toEqual([3, true, ['field']]);
  });

  it('add to the pipeline of a name, in the usual order whatever order they stand in', async () => {
    @Injectable()
    class Payments {
      @CircuitBreaker('payments', { minimumCalls: 2 })
      @Timeout('payments', 500)
      @Retry('payments', { maxAttempts: 2 })
      async pay(): Promise<void> {}

      @UsePolicy('payments')
      async refund(): Promise<void> {}
    }
    const app = await start([Payments]);
    const registry = app.get(PolicyRegistry);

    expect(registry.names).toEqual(['payments']);
    expect(registry.get('payments').policies.map(({ name }) => name)).toEqual([
      'payments.timeout',
      'payments.retry',
      'payments.circuitBreaker',
    ]);
    expect(registry.describe('payments')).toContain('maxAttempts 2 (@Retry on Payments.pay)');
  });

  it('of a class surround all methods that others can call, also those of a base and those called by this', async () => {
    const calls: string[] = [];

    class Base {
      async inherited(): Promise<void> {
        calls.push('inherited');
        throw new Error('down');
      }
    }

    @UsePolicy('remote')
    @Injectable()
    class Remote extends Base {
      async own(): Promise<void> {
        calls.push('own');
        await this.inherited();
      }
    }
    const app = await start([Remote], { remote: { retry: { maxAttempts: 2, backoff: 0 } } });
    const remote = app.get(Remote);

    await expect(remote.inherited()).rejects.toThrow('down');
    expect(calls.splice(0)).toEqual(['inherited', 'inherited']);
    // What it calls of itself is a part of the call.
    await expect(remote.own()).rejects.toThrow('down');
    expect(calls).toEqual(['own', 'inherited', 'own', 'inherited']);
  });

  it('of a method surround it also where its own instance calls it', async () => {
    let asked = 0;

    @Injectable()
    class Remote {
      @Retry({ maxAttempts: 3, backoff: 0 })
      async ask(): Promise<void> {
        asked++;
        throw new Error('down');
      }

      async report(): Promise<void> {
        await this.ask();
      }
    }
    const app = await start([Remote]);

    await expect(app.get(Remote).report()).rejects.toThrow('down');
    expect(asked).toBe(3);
  });

  it('of a class leave alone what its methods call of their own instance, private methods included', async () => {
    let sent = 0;

    @UsePolicy('orders')
    @Injectable()
    class Orders {
      async place(cents: number): Promise<void> {
        this.requirePositive(cents);
        await this.send();
      }

      private requirePositive(cents: number): void {
        if (cents <= 0) throw new RangeError('must be positive');
      }

      private async send(): Promise<void> {
        sent++;
        throw new Error('down');
      }
    }
    const app = await start([Orders], {
      orders: { bulkhead: { maxConcurrent: 1 }, retry: { maxAttempts: 3, backoff: 0 } },
    });
    const orders = app.get(Orders);

    await expect(orders.place(5)).rejects.toThrow('down');
    expect(sent).toBe(3);
    await expect(orders.place(-5)).rejects.toThrow('must be positive');
    expect(sent).toBe(3);
    // A private method that its instance does not call, as JavaScript may.
    const { requirePositive } = orders as unknown as { requirePositive(this: Orders, cents: number): void };
    expect(() => requirePositive.call(orders, -5)).toThrow('must be positive');
    expect(requirePositive.call(orders, 5)).toBeUndefined();
  });

  it('of a class count for what a method has left running when it has ended', async () => {
    let polls = 0;

    @UsePolicy('db')
    @Injectable()
    class Pool {
      #left: (() => Promise<void>) | undefined;

      async start(): Promise<void> {
        const { promise, resolve } = Promise.withResolvers<void>();
        const polling = promise.then(() => this.poll());
        this.#left = () => {
          resolve();
          return polling;
        };
      }

      async poll(): Promise<void> {
        polls++;
        throw new Error('down');
      }

      get left(): () => Promise<void> {
        return this.#left ?? (async () => {});
      }
    }
    const app = await start([Pool], { db: { retry: { maxAttempts: 2, backoff: 0 } } });
    const pool = app.get(Pool);
    await pool.start();

    await expect(pool.left()).rejects.toThrow('down');
    expect(polls).toBe(2);
  });

  it('are told of no attempt that has ended by what it has left running', async () => {
    const depths: number[] = [];

    @Injectable()
    class Poller {
      @UsePolicy('poll')
      async poll(left: number): Promise<void> {
        let depth = 0;
        for (let call = currentCall(); call instanceof AttemptCall; call = call.outer) depth++;
        depths.push(depth);
        if (left === 0) done.resolve();
        else
          setImmediate(() => {
            depths.push(currentCall() === undefined ? 1 : 0);
            void this.poll(left - 1);
          });
      }
    }
    const done = Promise.withResolvers<void>();
    const app = await start([Poller], { poll: { timeout: 60_000 } });
    await app.get(Poller).poll(50);
    await done.promise;

    expect(new Set(depths)).toEqual(new Set([1]));
  });

  it('of a class leave alone what its hooks call of their own instance, also while a circuit is open', async () => {
    const released: string[] = [];

    @CircuitBreaker({ minimumCalls: 1, openDuration: 60_000 })
    @Injectable()
    class Pool {
      async ask(): Promise<void> {
        throw new Error('down');
      }

      @PreShutdown()
      async finish(): Promise<void> {
        this.release('at the shutdown');
        await Promise.resolve();
        this.release('later');
      }

      private release(when: string): void {
        released.push(when);
      }
    }
    const app = await createApplication({
      modules: [defineModule({ services: [Pool] })],
      logger: { level: 'silent' },
      signals: false,
    });
    await app.start();
    await expect(app.container.get(Pool).ask()).rejects.toThrow('down');
    await app.close();

    expect(released).toEqual(['at the shutdown', 'later']);
  });

  it('of a class are around a method with its own only once where the instance calls it', async () => {
    let calls = 0;

    @Injectable()
    @UsePolicy('service')
    class Service {
      async outer(): Promise<string> {
        return this.inner();
      }

      @Fallback({ value: 'poorer' })
      async inner(): Promise<string> {
        calls++;
        throw new Error('down');
      }
    }
    const app = await start([Service], {
      service: { bulkhead: { maxConcurrent: 1 }, retry: { maxAttempts: 3, backoff: 0 } },
    });

    expect(await app.get(Service).outer()).toBe('poorer');
    expect(calls).toBe(1);
    expect(await app.get(Service).inner()).toBe('poorer');
    expect(calls).toBe(4);
  });

  it('without a name on a method are around what its class says, and change nothing for others', async () => {
    const calls: string[] = [];

    @Injectable()
    @UsePolicy('remote')
    class Remote {
      @Fallback({ value: 'of yesterday' })
      @Retry({ maxAttempts: 2, backoff: 0 })
      async find(): Promise<string> {
        calls.push('find');
        throw new Error('down');
      }

      async charge(): Promise<void> {
        calls.push('charge');
        throw new Error('down');
      }
    }
    const app = await start([Remote], { remote: { circuitBreaker: { minimumCalls: 3 } } });
    const remote = app.get(Remote);

    expect(await remote.find()).toBe('of yesterday');
    await expect(remote.charge()).rejects.toThrow('down');
    expect(calls).toEqual(['find', 'find', 'charge']);
    // All three were seen by the circuit of the class.
    await expect(remote.charge()).rejects.toBeInstanceOf(BrokenCircuitError);
    expect(app.get(PolicyRegistry).names).toEqual(['Remote.find', 'remote']);
  });

  it('of a base have a state for each class that extends it, whose own numbers count above', async () => {
    abstract class Http {
      isDown = false;
      calls = 0;

      @CircuitBreaker({ minimumCalls: 1 })
      async get(): Promise<string> {
        this.calls++;
        if (this.isDown) throw new Error('down');
        return this.constructor.name;
      }
    }

    @Injectable()
    class Stock extends Http {}

    @Injectable()
    class Bank extends Http {
      @CircuitBreaker({ minimumCalls: 2 })
      override get(): Promise<string> {
        return super.get();
      }
    }
    const app = await start([Stock, Bank]);
    const [stock, bank] = [app.get(Stock), app.get(Bank)];
    stock.isDown = true;
    bank.isDown = true;

    for (const remote of [stock, bank]) await expect(remote.get()).rejects.toThrow('down');
    await expect(stock.get()).rejects.toBeInstanceOf(BrokenCircuitError);
    await expect(bank.get()).rejects.toThrow('down');
    await expect(bank.get()).rejects.toBeInstanceOf(BrokenCircuitError);
    expect(app.get(PolicyRegistry).names).toEqual(['Bank.get', 'Stock.get']);
  });

  it('keep a method that is not idempotent from being repeated by who calls it', async () => {
    let charges = 0;

    @Injectable()
    class Payments {
      @UsePolicy('payments', { idempotent: false })
      async charge(): Promise<void> {
        charges++;
        throw new Error('down');
      }
    }

    @Injectable()
    class Orders {
      constructor(readonly payments: Payments) {}

      @Retry({ backoff: 0 })
      async place(): Promise<void> {
        await this.payments.charge();
      }
    }
    const app = await start([Payments, Orders], { payments: { timeout: 60_000 } });

    await expect(app.get(Orders).place()).rejects.toThrow('down');
    expect(charges).toBe(1);
  });

  it('know the job that they run in, its deadline and its values', async () => {
    const tenant = contextKey<string>('tenant');
    const seen: unknown[] = [];

    @Injectable()
    class Remote {
      @Timeout(60_000)
      async ask(@Signal() signal?: AbortSignal): Promise<void> {
        const call = currentCall();
        seen.push(call?.kind, call?.read(tenant), (call?.deadline?.remaining ?? Infinity) <= 100);
        await new Promise((_resolve, reject) =>
          signal?.addEventListener('abort', () => reject(signal.reason as Error)),
        );
      }
    }
    const app = await serve([Remote], []);
    using deadline = deadlineAfter(100);
    const job = app.runInRequestScope(
      async (services, context) => {
        context.put(tenant, 'Ada');
        await services.get(Remote).ask();
      },
      { deadline },
    );

    await expect(job).rejects.toBeInstanceOf(DeadlineExceededError);
    expect(seen).toEqual(['job', 'Ada', true]);
  });

  it('end a call by the signal that its caller gives and by that of its request alike', async () => {
    const reasons = await reasonsOfLeaving(Retry({ backoff: 0 }), new AbortController().signal);
    await expect.poll(() => reasons).toHaveLength(1);
    await new Promise(setImmediate);
    expect(reasons).toHaveLength(1);
  });

  it('give the signal to the parameter that an override has for it', async () => {
    const got: unknown[] = [];

    class Base {
      @Timeout(60_000)
      async ask(_first: string, @Signal() _signal?: AbortSignal): Promise<void> {}
    }

    @Injectable()
    class Remote extends Base {
      override async ask(first: string, signal?: AbortSignal, @Signal() last?: AbortSignal): Promise<void> {
        got.push(first, signal, last instanceof AbortSignal);
      }
    }
    const app = await start([Remote]);
    await app.get(Remote).ask('x');

    expect(got).toEqual(['x', undefined, true]);
    expect([app.get(Remote).ask.name, app.get(Remote).ask.length]).toEqual(['ask', 3]);
  });

  it('of an instance that two applications are given are those of the last one', async () => {
    class Remote {
      @UsePolicy('remote')
      async ask(): Promise<unknown> {
        return currentCall()?.deadline?.remaining;
      }
    }
    const remote = new Remote();
    const modules = [defineModule({ bind: ({ bind }) => void bind(Remote).toConstantValue(remote) })];
    for (const timeout of [60_000, 5_000]) {
      const app = await Test.createApplication({
        modules,
        policies: { remote: { timeout } },
        logger: { level: 'silent' },
      }).create();
      onTestFinished(() => app.close());
      const left = await app.get(Remote).ask();
      expect([Number(left) <= timeout, Number(left) > timeout - 1_000]).toEqual([true, true]);
      await app.close();
    }
  });

  it('surround what a PolicySource injects', async () => {
    let asked = 0;

    @Injectable()
    class Config {
      @Retry({ maxAttempts: 3, backoff: 0 })
      async fetch(): Promise<void> {
        asked++;
        throw new Error('flaky');
      }
    }

    @Injectable()
    class ConfigSource extends PolicySource {
      constructor(readonly config: Config) {
        super();
      }

      load(): PipelineDefinitions {
        return {};
      }
    }
    const app = await Test.createApplication({
      modules: [defineModule({ services: [Config], bind: ({ bind }) => void bind(PolicySource).to(ConfigSource) })],
      logger: { level: 'silent' },
    }).create();
    onTestFinished(() => app.close());

    await expect(app.get(Config).fetch()).rejects.toThrow('flaky');
    expect(asked).toBe(3);
  });

  it('share one circuit across classes by its name', async () => {
    @Injectable()
    class One {
      @UsePolicy('ledger')
      async fail(): Promise<void> {
        throw new Error('down');
      }
    }

    @Injectable()
    class Other {
      @UsePolicy('ledger')
      async read(): Promise<string> {
        return 'read';
      }
    }
    const app = await start([One, Other], { ledger: { circuitBreaker: { minimumCalls: 1 } } });

    await expect(app.get(One).fail()).rejects.toThrow('down');
    await expect(app.get(Other).read()).rejects.toBeInstanceOf(BrokenCircuitError);
  });

  it('say of the running attempt what it is, by currentCall() and @Signal()', async () => {
    const seen: unknown[] = [];

    @Injectable()
    class Remote {
      @Retry({ maxAttempts: 2, backoff: 0 })
      async ask(@Signal() signal?: AbortSignal): Promise<void> {
        const call = currentCall();
        seen.push(call instanceof AttemptCall && [call.attempt, call.signal === signal, call.target?.method]);
        throw new Error('down');
      }
    }
    const app = await start([Remote]);

    await expect(app.get(Remote).ask()).rejects.toThrow('down');
    expect(seen).toEqual([
      [1, true, 'ask'],
      [2, true, 'ask'],
    ]);
  });

  it('heed the signal of the request that reaches them', async () => {
    const reasons = await reasonsOfLeaving(Timeout(60_000));
    await expect.poll(() => reasons.length).toBe(1);
  });

  it('surround the routes of a controller, and refusals are answers', async () => {
    @Controller('/reports')
    class ReportController {
      @Get()
      @Bulkhead({ maxConcurrent: 1 })
      async report(): Promise<string> {
        await new Promise(setImmediate);
        return 'a report';
      }
    }
    const app = await serve([], [ReportController]);
    const answers = await Promise.all([1, 2].map(() => app.fetch(new Request('http://localhost/reports'))));

    expect(answers.map(({ status }) => status)).toEqual([200, 503]);
    expect(answers[1]?.headers.get('retry-after')).toBe('1');
  });

  it('are told what they cannot know of the calls of a method', async () => {
    let bookings = 0;

    @Injectable()
    @UsePolicy('payments', { priority: 'batch', idempotent: false })
    class Payments {
      @UsePolicy('payments', { priority: ({ args }) => `of ${String(args[0])}` })
      async book(_customer: string): Promise<void> {
        bookings++;
        throw new Error('down');
      }

      @UsePolicy('payments', { idempotent: true })
      async look(): Promise<void> {
        bookings++;
        throw new Error('down');
      }
    }
    const keys: unknown[] = [];
    const app = await start([Payments], {
      payments: {
        retry: { backoff: 0, maxAttempts: 3 },
        bulkhead: { key: ({ priority = 'none' }) => (keys.push(priority), priority) },
      },
    });

    await expect(app.get(Payments).book('Ada')).rejects.toThrow('down');
    expect(bookings).toBe(1);
    await expect(app.get(Payments).look()).rejects.toThrow('down');
    expect(bookings).toBe(4);
    expect(keys).toEqual(['of Ada', 'batch']);
  });

  it('surround what code makes, of a class that no binding names', async () => {
    abstract class Payments {
      abstract pay(): Promise<string | undefined>;
    }

    class StripePayments extends Payments {
      @UsePolicy('payments')
      async pay(): Promise<string | undefined> {
        return currentCall()?.constructor.name;
      }
    }
    const app = await Test.createApplication({
      modules: [defineModule({ bind: ({ bind }) => void bind(Payments).toDynamicValue(() => new StripePayments()) })],
      policies: { payments: { retry: {} } },
      logger: { level: 'silent' },
    }).create();
    onTestFinished(() => app.close());

    expect(await (app.get(Payments as never) as Payments).pay()).toBe('AttemptCall');
  });

  it('are refused where code makes what adds to them, as that comes too late', async () => {
    abstract class Payments {}

    class StripePayments extends Payments {
      @Retry('payments', { maxAttempts: 7 })
      async pay(): Promise<void> {}
    }
    const module = defineModule({
      name: 'payments',
      bind: ({ bind }) => void bind(Payments).toDynamicValue(() => new StripePayments()),
    });
    const creating = async (): Promise<unknown> => {
      const app = await Test.createApplication({
        modules: [module],
        policies: { payments: { timeout: 9 } },
        logger: { level: 'silent' },
      }).create();
      onTestFinished(() => app.close());
      return app.get(Payments as never);
    };

    await expect(creating()).rejects.toThrow(
      'No policy can be put around StripePayments: Payments is bound to code that makes it (payments), so nobody knew of @Retry on StripePayments.pay when the application started. Bind the class itself, or say its policies under policies of createApplication and name them by @UsePolicy.',
    );
  });

  it('cost a class without policies nothing: its instances are left alone', async () => {
    @Injectable()
    class Plain {
      async call(): Promise<void> {}
    }
    const app = await start([Plain]);

    expect(Reflect.ownKeys(app.get(Plain))).toEqual([]);
  });
});

describe('mistakes in policies', () => {
  async function problemsOf(services: readonly ClassType[], policies: PipelineDefinitions = {}): Promise<string[]> {
    const error: unknown = await createApplication({ modules: [defineModule({ services })], policies }).catch(
      (thrown: unknown) => thrown,
    );
    return (error as BootError).problems.map(({ code, message }) => `${code}: ${message}`);
  }

  it('are two classes of one name whose decorators name no pipeline', async () => {
    const clientOf = (): ClassType => {
      @Injectable()
      class Client {
        @CircuitBreaker()
        async call(): Promise<void> {}
      }
      return Client;
    };
    expect(await problemsOf([clientOf(), clientOf()])).toEqual([
      expect.stringMatching(/^BOW_POLICY_NAMELESS: Two classes are called Client .*'Client\.call'.*@CircuitBreaker/),
    ]);
  });

  it('are options of @UsePolicy that it does not have', async () => {
    @Injectable()
    class Payments {
      @UsePolicy('payments', { idempotnt: false } as object)
      async pay(): Promise<void> {}
    }
    expect(await problemsOf([Payments], { payments: { timeout: 9 } })).toEqual([
      expect.stringMatching(/^BOW_DECORATOR_MISUSED: .*Payments\.pay.*idempotent/),
    ]);
  });

  it('are all reported together, with the names of the user', async () => {
    @Injectable()
    class Payments {
      @UsePolicy('paymets')
      async pay(): Promise<void> {}

      @Retry('payments', { maxAttempts: 3 })
      async refund(): Promise<void> {}

      @Retry('payments', { maxAttempts: 4 })
      async cancel(): Promise<void> {}

      @UsePolicy('payments')
      @UsePolicy('cards')
      async both(): Promise<void> {}
    }
    const policies = { payments: { timeot: 3 }, cards: { timeout: -1 } } as unknown as PipelineDefinitions;

    expect(await problemsOf([Payments], policies)).toEqual([
      'BOW_POLICY_AMBIGUOUS: Payments.both would go through several pipelines at once (cards, payments). Name one; what the others do can be added to it.',
      expect.stringMatching(
        /^BOW_POLICY_CONFLICT: The pipeline 'payments' has two sets of options for retry: @Retry on Payments\.refund and @Retry on Payments\.cancel\./,
      ),
      'BOW_OPTION_UNKNOWN: There is no option policies.payments.timeot. Did you mean policies.payments.timeout?',
      expect.stringMatching(/^BOW_OPTION_INVALID: policies\.cards\.timeout is -1; it must be a whole number from 1/),
      "BOW_POLICY_UNKNOWN: Payments.pay names the pipeline 'paymets', which nobody defines (known: cards, payments). Did you mean 'payments'?",
    ]);
  });
});

describe('the policy registry', () => {
  /** An application whose pipeline `calls` has a clock of its own. A call gives its value, or the code or words of its error. */
  async function startClocked(calls: PipelineDefinitions[string]) {
    const clock = new VirtualClock();
    const made = Test.createApplication({ modules: [], policies: { calls }, logger: { level: 'silent' } });
    const app = await made.override(Clock).useValue(clock).create();
    onTestFinished(() => app.close());
    const registry = app.get(PolicyRegistry);
    const pipeline = registry.get('calls');
    const call = async (run: () => unknown = () => 1): Promise<unknown> => {
      try {
        return await pipeline.execute(run);
      } catch (error) {
        return isRefusal(error) ? error.code : (error as Error).message;
      }
    };
    return { registry, clock, calls: pipeline, call };
  }

  @Injectable()
  class Remote {
    calls = 0;

    @Retry('remote', { maxAttempts: 2, backoff: 0 })
    async ask(): Promise<void> {
      this.calls++;
      throw new Error('down');
    }
  }

  it('merges decorators, options, a source and changes, and says where each option comes from', async () => {
    class Source extends PolicySource {
      load(): PipelineDefinitions {
        return { remote: { retry: { maxAttempts: 4 } } };
      }
    }
    const modules = [
      defineModule({
        services: [Remote],
        bind: ({ bind }) => {
          bind(PolicySource).to(Source);
        },
      }),
    ];
    const policies = { remote: { retry: { maxAttempts: 3, maxRetryAfter: 5 }, timeout: 900 } };
    const app = await Test.createApplication({ modules, policies, logger: { level: 'silent' } }).create();
    onTestFinished(() => app.close());
    const registry = app.get(PolicyRegistry);
    registry.configure({ remote: { circuitBreaker: { minimumCalls: 50 } } });

    expect(registry.describe('remote')).toBe(
      [
        'remote',
        '  timeout, enforce',
        '    timeout 900 (policies of createApplication)',
        '    abortGrace 500 (by default)',
        '  retry, enforce',
        '    maxAttempts 4 (PolicySource)',
      ].join('\n') + registry.describe('remote').slice(registry.describe('remote').indexOf('\n    backoff')),
    );
    expect(registry.describe('remote')).toContain('maxRetryAfter 5 (policies of createApplication)');
    expect(registry.describe('remote')).toContain('minimumCalls 50 (changed while it runs)');
  });

  it('changes options while calls run, all or nothing, and keeps what circuits have seen', async () => {
    const app = await start([Remote], { remote: { circuitBreaker: { minimumCalls: 4, failureRatio: 1 } } });
    const registry = app.get(PolicyRegistry);
    const remote = app.get(Remote);
    await expect(remote.ask()).rejects.toThrow('down');

    const wrong = { remote: { retry: { maxAttempts: 0 }, circuitBreaker: { minimumCalls: 3 } } };
    expect(() => registry.configure(wrong)).toThrow(
      'policies.remote.retry.maxAttempts is 0; it must be a whole number from 1 to 100 (changed while it runs)',
    );
    registry.configure({ remote: { retry: { maxAttempts: 1 }, circuitBreaker: { minimumCalls: 3 } } });
    await expect(remote.ask()).rejects.toThrow('down');
    await expect(remote.ask()).rejects.toBeInstanceOf(BrokenCircuitError);
    expect(remote.calls).toBe(3);
  });

  it.each(['token-bucket', 'sliding-window'] as const)(
    'counts on by a %s when a rate limit is changed, lowered or raised',
    async (algorithm) => {
      const { registry, clock, call } = await startClocked({
        rateLimit: { algorithm, limit: 3, window: 60_000 },
      });
      expect([await call(), await call(), await call(), await call()]).toEqual([1, 1, 1, 'BOW_RATE_LIMITED']);

      registry.configure({ calls: { rateLimit: { limit: 2 } } });
      expect(await call()).toBe('BOW_RATE_LIMITED');
      registry.configure({ calls: { rateLimit: { limit: 4 } } });
      expect([await call(), await call()]).toEqual([1, 'BOW_RATE_LIMITED']);
      await clock.advance(60_000);
      expect([await call(), await call(), await call(), await call()]).toEqual([1, 1, 1, 1]);
    },
  );

  it('lets nobody wait for the old pace of a rate limit that was raised', async () => {
    const { registry, clock, call } = await startClocked({ rateLimit: { limit: 1, window: 60_000 } });
    expect([await call(), await call()]).toEqual([1, 'BOW_RATE_LIMITED']);

    registry.configure({ calls: { rateLimit: { window: 1_000 } } });
    expect(await call()).toBe('BOW_RATE_LIMITED');
    await clock.advance(1_000);
    expect(await call()).toBe(1);
  });

  it('plays a bulkhead that observes through with the queue that it has now', async () => {
    const { registry, calls } = await startClocked({ bulkhead: { mode: 'observe', maxConcurrent: 1 } });
    const refused: boolean[] = [];
    calls.on('refused', ({ observed }) => refused.push(observed));
    const never = (): Promise<never> => new Promise(() => undefined);

    registry.configure({ calls: { bulkhead: { maxQueue: 1 } } });
    for (let call = 0; call < 3; call++) void calls.execute(never);
    expect(refused).toEqual([true]);
  });

  it.each(['ring', 'opossum'] as const)(
    'opens a circuit of the engine %s by the ratio that it has now',
    async (engine) => {
      const { registry, call } = await startClocked({ circuitBreaker: { engine, failureRatio: 1, minimumCalls: 4 } });
      const fail = (): never => {
        throw new Error('down');
      };
      registry.configure({ calls: { circuitBreaker: { failureRatio: 0.5, minimumCalls: 2 } } });

      expect([await call(), await call(fail), await call()]).toEqual([1, 'down', 'BOW_CIRCUIT_OPEN']);
    },
  );

  it('says where the value of a fallback comes from, and shows nothing of an object', async () => {
    const { registry } = await startClocked({ fallback: { value: { secret: 'rope' } } });
    expect(registry.describe('calls')).toContain('value an object (policies of createApplication)');
    registry.configure({ calls: { fallback: { run: () => 1 } } });
    expect(registry.describe('calls')).toContain('run a function (changed while it runs)');
  });

  it('keeps what rate limits have counted, whatever is changed', async () => {
    const policies = { remote: { rateLimit: { limit: 1, window: 60_000 }, retry: { maxAttempts: 1 } } };
    const app = await start([Remote], policies);
    const registry = app.get(PolicyRegistry);
    const remote = app.get(Remote);
    await expect(remote.ask()).rejects.toThrow('down');

    registry.configure({ remote: { retry: { maxAttempts: 2 } } });
    await expect(remote.ask()).rejects.toBeInstanceOf(RateLimitedError);
    registry.configure({ remote: { rateLimit: { store: new MemoryRateLimitStore() } } });
    await expect(remote.ask()).rejects.toThrow('down');
  });

  it('takes policies out and puts them in', async () => {
    const app = await start([Remote]);
    const registry = app.get(PolicyRegistry);
    registry.configure({ remote: { retry: { mode: 'off' }, fallback: { value: 'instead' } } });
    const remote = app.get(Remote);

    expect(await remote.ask()).toBe('instead');
    expect(remote.calls).toBe(1);
  });

  it('takes its time from the clock of the container', async () => {
    const clock = new VirtualClock();
    const app = await Test.createApplication({
      modules: [defineModule({ services: [Remote] })],
      policies: { remote: { retry: { backoff: 60_000 } } },
    })
      .override(Clock)
      .useValue(clock)
      .create();
    onTestFinished(() => app.close());
    const remote = app.get(Remote);
    const asked = remote.ask().catch(() => remote.calls);
    await clock.advance(60_000);

    expect(await asked).toBe(2);
  });

  it('keeps a state for each key that the arguments of a method give', async () => {
    @Injectable()
    class Tenants {
      @CircuitBreaker('tenants', { minimumCalls: 1, key: ({ args }) => String(args[0]) })
      async ask(tenant: string): Promise<string> {
        if (tenant === 'down') throw new Error('down');
        return tenant;
      }
    }
    const app = await start([Tenants]);
    const tenants = app.get(Tenants);

    await expect(tenants.ask('down')).rejects.toThrow('down');
    await expect(tenants.ask('down')).rejects.toBeInstanceOf(BrokenCircuitError);
    expect(await tenants.ask('well')).toBe('well');
  });

  it('lets nobody wait while the application drains', async () => {
    const app = await start([Remote], { remote: { retry: { backoff: 3_600_000 } } });
    const remote = app.get(Remote);
    const asked = remote.ask();
    await new Promise(setImmediate);
    const closed = app.close();

    await expect(asked).rejects.toThrow('down');
    await closed;
    expect(remote.calls).toBe(1);
  });
});

describe('an application with policies', () => {
  @Injectable()
  class Remote {
    @CircuitBreaker('remote', { minimumCalls: 1 })
    async ask(): Promise<void> {
      throw new Error('down');
    }
  }

  async function ready(): Promise<readonly [Remote, () => Promise<unknown>]> {
    let remote: Remote | undefined;

    @Injectable()
    class Taken {
      constructor(given: Remote) {
        remote = given;
      }
    }
    const app = await createApplication({
      modules: [defineModule({ services: [Remote, Taken] })],
      policies: { remote: { timeout: 500 } },
      management: { port: 0 },
      servers: { main: { port: 0, host: '127.0.0.1' } },
      signals: false,
      logger: { level: 'silent' },
    });
    onTestFinished(async () => {
      await app.close();
    });
    await app.listen();
    const health = app.managementUrl;
    if (remote === undefined) throw new Error('Nobody was built.');
    return [
      remote,
      async () => {
        const answer = await fetch(new URL('/health', health));
        return [answer.status, await answer.json()];
      },
    ];
  }

  it('is degraded while a circuit is open, and ready all the same', async () => {
    const [remote, health] = await ready();
    expect(await health()).toMatchObject([200, { checks: [{ name: 'policies', state: 'up' }] }]);

    await expect(remote.ask()).rejects.toThrow('down');

    expect(await health()).toMatchObject([200, { checks: [{ name: 'policies', state: 'degraded' }] }]);
    expect(JSON.stringify(await health())).toContain('the circuit of remote is open');
  });

  it('explains its pipelines, who goes through them, and where each number comes from', async () => {
    const modules = [defineModule({ services: [Remote] })];
    const app = await createApplication({ modules, policies: { remote: { timeout: 500 } }, signals: false });

    const text = String(app.explain());
    expect(text).toContain(
      'Policies\nremote: Remote.ask\n  timeout, enforce\n    timeout 500 (policies of createApplication)',
    );
    expect(text).toContain('    minimumCalls 1 (@CircuitBreaker on Remote.ask)');
  });
});
