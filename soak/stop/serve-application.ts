import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import {
  Body,
  Controller,
  createApplication,
  defineModule,
  Get,
  HttpProvider,
  loadProvider,
  Post,
  type Application,
  type LoadableProvider,
} from 'bowline';

/** Something that must not be closed under a request that uses it. */
class Database {
  #open = true;
  query(): string {
    if (!this.#open) throw new Error('The database is closed.');
    return 'a row';
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await wait(5);
    this.#open = false;
  }
}

@Controller()
class LoadController {
  constructor(private readonly database: Database) {}

  @Get('/fast') fast(): string {
    return this.database.query();
  }

  @Post('/orders') async order(@Body({ validate: false }) body: object): Promise<object> {
    await wait(5 + Math.random() * 20);
    return { row: this.database.query(), body };
  }

  @Post('/upload') async upload(@Body() body: Readable): Promise<object> {
    let bytes = 0;
    for await (const piece of body) bytes += (piece as Buffer).length;
    return { row: this.database.query(), bytes };
  }

  @Get('/stream') stream(): Readable {
    return Readable.from(this.#rows());
  }

  async *#rows(): AsyncIterable<string> {
    for (let row = 0; row < 10; row++) {
      yield `${this.database.query()} ${'x'.repeat(1_000)}\n`;
      await wait(10);
    }
  }
}

/** An application that listens on a free port. */
export async function serveApplication(provider: LoadableProvider): Promise<Application> {
  const loadModule = defineModule({
    name: 'loadModule',
    controllers: [LoadController],
    services: [Database],
    bind: async ({ bind }) => {
      bind(HttpProvider).toConstantValue(await loadProvider(provider));
    },
  });
  const app = await createApplication({
    modules: [loadModule],
    logger: { level: 'error' },
    signals: false,
    drainIdleTimeout: 300,
  });
  return app.listen({ port: 0, host: '127.0.0.1' });
}
