import {
  Controller,
  createApplication,
  defineModule,
  Get,
  HttpContext,
  Injectable,
  type Application,
  type ModuleOptions,
} from 'bowline';
import { describe, expect, it, onTestFinished } from 'vitest';

async function start(options: ModuleOptions): Promise<Application> {
  const app = await createApplication({
    modules: [defineModule(options)],
    logger: { level: 'silent' },
    signals: false,
  });
  onTestFinished(async () => {
    await app.close();
  });
  await app.start();
  return app;
}

async function get(app: Application): Promise<unknown> {
  const { statusCode, body } = await app.inject({ url: '/' });
  return statusCode === 200 ? JSON.parse(body.toString()) : statusCode;
}

describe('a singleton that the first request makes', () => {
  @Injectable({ scope: 'transient' })
  class Cursor {
    isOpen = true;

    [Symbol.dispose](): void {
      this.isOpen = false;
    }
  }

  @Injectable({ lazy: true })
  class Archive {
    constructor(readonly cursor: Cursor) {}
  }

  @Controller({ scope: 'request' })
  class Reader {
    constructor(private readonly archive: Archive) {}

    @Get()
    read() {
      return this.archive.cursor.isOpen;
    }
  }

  it('keeps what it holds when that request is over, as a lazy one', async () => {
    const app = await start({ controllers: [Reader], services: [Archive, Cursor] });
    expect([await get(app), await get(app)]).toEqual([true, true]);
  });

  it('keeps what it holds when that request is over, as one that looks at who asks', async () => {
    const app = await start({
      controllers: [Reader],
      services: [Cursor],
      bind: ({ bind }) => bind(Archive).toSelf().inSingletonScope().whenParentIs(Reader),
    });
    expect([await get(app), await get(app)]).toEqual([true, true]);
  });

  it('waits for what is made by a promise', async () => {
    let made = 0;
    const app = await start({
      controllers: [Reader],
      bind: ({ bind }) =>
        void bind(Archive)
          .toDynamicValue(async () => new Archive({ isOpen: ++made === 1 } as Cursor))
          .inSingletonScope()
          .whenParentIs(Reader),
    });
    expect([await get(app), await get(app)]).toEqual([true, true]);
  });

  class Origin {
    constructor(readonly ctx: HttpContext) {}
  }

  @Controller({ scope: 'request' })
  class Teller {
    constructor(private readonly origin: Origin) {}

    @Get()
    tell() {
      return this.origin.ctx.path;
    }
  }

  it('does not get that request, which it would show to all others', async () => {
    const app = await start({
      controllers: [Teller],
      bind: ({ bind }) =>
        void bind(Origin)
          .toDynamicValue((context) => new Origin(context.get(HttpContext)))
          .inSingletonScope()
          .whenParentIs(Teller),
    });
    expect([await get(app), await get(app)]).toEqual([500, 500]);
  });
});
