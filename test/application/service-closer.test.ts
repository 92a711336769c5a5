import { preDestroy } from 'inversify';
import { VirtualClock } from 'bowline/testing';
import { describe, expect, it } from 'vitest';
import { ContainerCloser } from '../../src/application/service-closer.js';
import { buildSingletons, closeWith, defineModule, type ModuleOptions } from '../../src/container/index.js';
import { Clock, LifecycleEventSource, Logger, MovableDeadline } from '../../src/foundation/index.js';
import { WatchedRuns, type RunReport } from '../../src/lifecycle/index.js';
import { boot, Injectable, type Boot } from '../container/fixture.js';
import { silent } from '../server/server-fixture.js';

async function built(options: ModuleOptions): Promise<Boot> {
  const booted = await boot([defineModule(options)]);
  await buildSingletons(booted.loaded, booted.report);
  booted.report.throwIfAny();
  return booted;
}

/** Closes everything, each service within 50 ms of a clock that is moved on until all is done. */
async function close({ loaded }: Boot, clock = new VirtualClock()): Promise<readonly RunReport[]> {
  const closer = new ContainerCloser(loaded);
  const runs = new WatchedRuns(silent, new LifecycleEventSource('test', () => {}));
  const limits = { clock, timeout: 50, deadline: new MovableDeadline(clock, 1_000, 'The test') };
  const closing = (async () => [...(await closer.close(limits, runs)), ...(await closer.closeLast(limits, runs))])();
  await clock.advance(500);
  return closing;
}

function failuresOf(reports: readonly RunReport[]): readonly (readonly [string, string])[] {
  return reports.flatMap(({ name, error }) => (error === undefined ? [] : [[name, (error as Error).message] as const]));
}

const log: string[] = [];

@Injectable()
class Pool {
  @preDestroy() async end(): Promise<void> {
    log.push('pool ends');
    await Promise.resolve();
    log.push('pool ended');
  }
}

@Injectable()
class Orders {
  constructor(readonly pool: Pool) {}
  @preDestroy() flush(): void {
    log.push('orders flushed');
  }
}

describe('ContainerCloser', () => {
  it('closes dependents first', async () => {
    log.length = 0;
    const reports = await close(
      await built({
        services: [Pool, Orders],
        bind: ({ bind }) =>
          void bind('report')
            .toDynamicValue((context) => [context.get(Orders)])
            .onDeactivation(() => void log.push('report closed')),
      }),
    );
    expect(failuresOf(reports)).toEqual([]);
    expect(reports.map(({ name }) => name)).toEqual(['report', 'Orders', 'Pool']);
    expect(log).toEqual(['report closed', 'orders flushed', 'pool ends', 'pool ended']);
  });

  it('disposes an instance without @PreDestroy and leaves a constant alone', async () => {
    const disposed: string[] = [];
    class Socket {
      constructor(readonly name: string = 'made') {}
      [Symbol.asyncDispose](): Promise<void> {
        disposed.push(this.name);
        return Promise.resolve();
      }
    }
    class Handle {
      [Symbol.dispose](): void {
        disposed.push('handle');
      }
    }
    const bind: ModuleOptions['bind'] = (load) => {
      load.bind('ready-made').toConstantValue(new Socket('ready-made'));
      load
        .bind('owned')
        .toConstantValue('owned')
        .onDeactivation((value) => void disposed.push(value as string));
    };
    expect(failuresOf(await close(await built({ services: [Socket, Handle], bind })))).toEqual([]);
    // What was handed in ready-made comes last.
    expect(disposed).toEqual(['handle', 'made', 'owned']);
  });

  it('closes what was made after boot, and nothing that was never made', async () => {
    const closed: string[] = [];
    const booted = await boot([
      defineModule({
        bind: ({ bind }) => {
          for (const name of ['late', 'early', 'never']) {
            bind(name)
              .toDynamicValue(() => name)
              .onDeactivation(() => void closed.push(name));
          }
        },
      }),
    ]);
    booted.binding('early').resolve();
    await close(booted);
    expect(closed).toEqual(['early']);
  });

  it('collects what fails by name and closes the rest', async () => {
    const boom = new Error('boom');
    const closed: string[] = [];
    const reports = await close(
      await built({
        bind: ({ bind }) => {
          bind('first')
            .toConstantValue(1)
            .onDeactivation(() => void closed.push('first'));
          bind('second')
            .toConstantValue(2)
            .onDeactivation(() => {
              throw boom;
            });
          bind('third')
            .toConstantValue(3)
            .onDeactivation(() => Promise.reject(boom));
        },
      }),
    );
    expect(failuresOf(reports)).toEqual([
      ['second', 'boom'],
      ['third', 'boom'],
    ]);
    expect(closed).toEqual(['first']);
  });

  it('waits for none longer than its time', async () => {
    const closed: string[] = [];
    const booted = await built({
      bind: ({ bind }) => {
        bind('first')
          .toConstantValue(1)
          .onDeactivation(() => void closed.push('first'));
        bind('stuck')
          .toConstantValue(2)
          .onDeactivation(() => new Promise(() => {}));
      },
    });
    expect(failuresOf(await close(booted))).toEqual([
      [
        'stuck',
        'stuck was not done after 50 ms, and nobody waits for it any longer. Give it more time, or make it end when its signal aborts.',
      ],
    ]);
    expect(closed).toEqual(['first']);
  });

  it('closes independent ones at once, and a resource after all that use it, dynamic values included', async () => {
    const clock = new VirtualClock();
    const notes: string[] = [];
    const slow = (name: string, delay: number) => async (): Promise<void> => {
      notes.push(`${clock.elapsed()} ${name}`);
      await clock.wait(delay);
      notes.push(`${clock.elapsed()} ${name} done`);
    };
    const booted = await built({
      bind: ({ bind }) => {
        bind('pool')
          .toDynamicValue(() => 'pool')
          .onDeactivation(slow('pool', 5));
        bind('cache')
          .toDynamicValue(() => 'cache')
          .onDeactivation(slow('cache', 30));
        bind('orders')
          .toDynamicValue((context) => [context.get('pool')])
          .onDeactivation(slow('orders', 20));
        // What is made anew for each does not hide what it uses.
        bind('session')
          .toResolvedValue((pool: unknown) => [pool], ['pool'])
          .inTransientScope();
        bind('stock')
          .toResolvedValue((session: unknown) => [session], ['session'])
          .onDeactivation(slow('stock', 10));
      },
    });
    await close(booted, clock);
    expect(notes).toEqual([
      '0 orders',
      '0 stock',
      '0 cache',
      '10 stock done',
      '20 orders done',
      '20 pool',
      '25 pool done',
      '30 cache done',
    ]);
  });

  it('closes by a function what knows nothing of it', async () => {
    const ended: string[] = [];
    const pool = { end: (): Promise<string> => Promise.resolve(String(ended.push('pool'))) };
    await close(
      await built({
        bind: ({ bind }) =>
          void bind<typeof pool>('pool')
            .toConstantValue(pool)
            .onDeactivation(closeWith((value) => value.end())),
      }),
    );
    expect(ended).toEqual(['pool']);
  });

  it('closes the logger and the clock after everything else', async () => {
    const closed: string[] = [];
    class Quiet {
      [Symbol.dispose](): void {
        closed.push('logger');
      }
    }
    class Service {
      [Symbol.dispose](): void {
        closed.push('service');
      }
    }
    await close(
      await built({
        services: [Service],
        bind: ({ bind }) => {
          bind(Logger).to(Quiet as never);
          bind(Clock).toConstantValue(new VirtualClock());
        },
      }),
    );
    expect(closed).toEqual(['service', 'logger']);
  });
});
