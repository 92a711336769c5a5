import {
  createApplication,
  defineModule,
  HttpProvider,
  type Application,
  type ClassType,
  type ModuleOptions,
} from 'bowline';
import { expect, onTestFinished } from 'vitest';
import { RecordedLog } from '../conformance/harness/recorded-log.js';
import { send, type Answer, type Call } from '../conformance/harness/client.js';

/** An application at work on a socket, and what it has said. */
export class Served {
  readonly app: Application;
  readonly log: RecordedLog;

  constructor(app: Application, log: RecordedLog) {
    this.app = app;
    this.log = log;
  }

  get url(): string {
    return this.app.url;
  }

  get(path: string, call?: Call): Promise<Answer> {
    return send(this.url, 'GET', path, call);
  }

  post(path: string, call?: Call): Promise<Answer> {
    return send(this.url, 'POST', path, call);
  }

  call(method: string, path: string, call?: Call): Promise<Answer> {
    return send(this.url, method, path, call);
  }
}

/** An application that is started and not listening, until the test ends. A warning that the test did not take fails it. */
export async function start(
  provider: HttpProvider | undefined,
  controllers: readonly ClassType[],
  more: ModuleOptions = {},
): Promise<Served> {
  const log = new RecordedLog();
  const module = defineModule({
    controllers,
    bind: ({ bind }) => {
      if (provider !== undefined) bind(HttpProvider).toConstantValue(provider);
    },
  });
  const app = await createApplication({
    modules: [module, defineModule(more)],
    logger: log,
    signals: false,
    drainIdleTimeout: 50,
  });
  onTestFinished(async () => {
    await app.close();
    expect(log.rest()).toEqual([]);
  });
  await app.start();
  return new Served(app, log);
}

/** The same, listening. */
export async function serve(
  provider: HttpProvider,
  controllers: readonly ClassType[],
  more?: ModuleOptions,
): Promise<Served> {
  const served = await start(provider, controllers, more);
  await served.app.listen({ port: 0, host: '127.0.0.1' });
  return served;
}

/** The cookies of an answer, as a browser would send them back. */
export function cookiesOf({ headers }: Answer): string {
  return (headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ');
}
