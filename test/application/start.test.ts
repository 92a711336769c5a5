import { describe, expect, it } from 'vitest';
import {
  BowlineError,
  createApplication,
  defineModule,
  Injectable,
  OnReady,
  OnStart,
  PostConstruct,
  type Application,
  type ApplicationOptions,
  type ClassType,
} from 'bowline';

const forEver = (): Promise<never> => new Promise(() => undefined);

function make(service: ClassType, options: ApplicationOptions = {}): Promise<Application> {
  return createApplication({
    modules: [defineModule({ services: [service] })],
    logger: { level: 'silent' },
    signals: false,
    ...options,
  });
}

const reasonOf = (started: Promise<unknown>): Promise<unknown> => started.catch((error: unknown) => error);

describe('a start that hangs', () => {
  it('says which class is not built in time', async () => {
    @Injectable()
    class Pool {
      @PostConstruct() connect(): Promise<void> {
        return forEver();
      }
    }
    const app = await make(Pool, { startTimeout: 50 });
    await expect(app.start()).rejects.toThrow(/Pool could not be built: .*Pool was not done after \d+ ms/);
    expect(app.state).toBe('stopped');
  });

  it('says which hook is not done in time', async () => {
    @Injectable()
    class Pool {
      @OnStart() connect(): Promise<void> {
        return forEver();
      }
    }
    const app = await make(Pool, { startTimeout: 50 });
    await expect(app.start()).rejects.toThrow(/Pool\.connect was not done after \d+ ms/);
  });
});

describe('a start that is given up', () => {
  const givenUp = new BowlineError('BOW_START_GIVEN_UP', { reason: 'api' });

  it('says so, whatever was going on', async () => {
    @Injectable()
    class Pool {
      @PostConstruct() connect(): Promise<void> {
        return forEver();
      }
    }
    const app = await make(Pool);
    const listening = reasonOf(app.listen({ port: 0, host: '127.0.0.1' }));
    await app.close();
    expect(await listening).toEqual(givenUp);
  });

  it('builds nothing more where a constructor closes the application', async () => {
    const apps: Application[] = [];
    const built: string[] = [];
    @Injectable()
    class First {
      constructor() {
        built.push('First');
        void apps[0]?.close();
      }
    }
    @Injectable()
    class Second {
      constructor(readonly first: First) {
        built.push('Second');
      }
    }
    const app = await createApplication({
      modules: [defineModule({ services: [First, Second] })],
      logger: { level: 'silent' },
      signals: false,
    });
    apps.push(app);
    expect(await reasonOf(app.start())).toEqual(givenUp);
    expect(built).toEqual(['First']);
  });

  it('says so where OnReady closes the application', async () => {
    const apps: Application[] = [];
    @Injectable()
    class Once {
      @OnReady() async close(): Promise<void> {
        await apps[0]?.close();
      }
    }
    const app = await make(Once);
    apps.push(app);
    expect(await reasonOf(app.listen({ port: 0, host: '127.0.0.1' }))).toEqual(givenUp);
    expect(app.state).toBe('stopped');
  });

  it('says so where the ports of an application are opened that was started before', async () => {
    @Injectable()
    class Nothing {}
    const app = await make(Nothing);
    await app.start();
    const listening = reasonOf(app.listen({ port: 0, host: '127.0.0.1' }));
    await Promise.resolve();
    await app.close();
    expect(String(await listening)).toMatch(/given up|stopped application does not start again/);
  });
});
