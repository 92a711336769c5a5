import { preDestroy } from 'inversify';
import { describe, expect, it } from 'vitest';
import {
  buildSingletons,
  closeContainer,
  defineModule,
  type CloseFailure,
  type ModuleOptions,
} from '../../src/container/index.js';
import { Clock, SystemClock, type Timer } from '../../src/foundation/index.js';
import { boot, Injectable, type Boot } from './fixture.js';

/** Time that is up at once, or never. */
class StoppedClock extends Clock {
  constructor(private readonly isUp: boolean) {
    super();
  }
  now = (): number => 0;
  elapsed = (): number => 0;
  turn = (): Promise<void> => Promise.resolve();
  schedule(callback: () => void): Timer {
    if (this.isUp) setImmediate(callback);
    return { cancel: () => {} };
  }
}

async function built(options: ModuleOptions): Promise<Boot> {
  const booted = await boot([defineModule(options)]);
  await buildSingletons(booted.loaded, booted.report);
  booted.report.throwIfAny();
  return booted;
}

async function close({ loaded }: Boot, clock: Clock = new StoppedClock(false)): Promise<readonly CloseFailure[]> {
  return closeContainer(loaded, clock, 50);
}

const log: string[] = [];

@Injectable()
class Pool {
  @preDestroy() async end(): Promise<void> {
    log.push('pool ends');
    await new SystemClock().turn();
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

describe('closeContainer', () => {
  it('closes dependents first and one at a time', async () => {
    log.length = 0;
    const failures = await close(
      await built({
        services: [Pool, Orders],
        bind: ({ bind }) =>
          void bind('report')
            .toDynamicValue((context) => [context.get(Orders)])
            .onDeactivation(() => void log.push('report closed')),
      }),
    );
    expect(failures).toEqual([]);
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
    expect(await close(await built({ services: [Socket, Handle], bind }))).toEqual([]);
    expect(disposed).toEqual(['owned', 'handle', 'made']);
  });

  it('closes what was made after boot first, and nothing that was never made', async () => {
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
    const failures = await close(
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
    expect(failures).toEqual([
      { name: 'third', error: boom },
      { name: 'second', error: boom },
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
    const failures = await close(booted, new StoppedClock(true));
    expect(failures.map(({ name, error }) => [name, String(error)])).toEqual([
      ['stuck', 'BowlineError: stuck did not close within 50 ms; the rest was closed without waiting for it.'],
    ]);
    expect(closed).toEqual(['first']);
  });

  it('runs once for all callers', async () => {
    log.length = 0;
    const booted = await built({ services: [Pool] });
    await Promise.all([close(booted), close(booted)]);
    expect(log).toEqual(['pool ends', 'pool ended']);
  });
});
