import { Readable } from 'node:stream';
import {
  Body,
  BowlineError,
  Controller,
  createApplication,
  Ctx,
  currentContext,
  CurrentRequest,
  defineModule,
  Get,
  GlobalMiddleware,
  HttpContext,
  Injectable,
  type Middleware,
  type ModuleOptions,
  type Next,
  Param,
  Post,
  UploadedFile,
  UploadedStream,
} from 'bowline';
import { describe, expect, test } from 'vitest';
import { describeProviders, providerOfInstance } from './harness/describe-providers.js';

@Injectable()
class Trail {
  constructor(private readonly request: CurrentRequest) {}

  async note(): Promise<string> {
    await new Promise((resolve) => setImmediate(resolve));
    return `${this.request.context.method} ${this.request.context.path}`;
  }
}

@Controller('/kept')
class KeptController {
  constructor(private readonly trail: Trail) {}

  @Get('/:id')
  async note(@Param('id') id: string) {
    return { id, note: await this.trail.note(), same: currentContext().params['id'] === id };
  }
}

@Controller('/plain')
class PlainController {
  @Get()
  get() {
    return currentContext().path;
  }
}

const fixture = { controllers: [KeptController, PlainController], services: [Trail] };

describeProviders('the current context', fixture, (server) => {
  test('is that of the request, in a singleton and after waiting', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => String(index));
    const answers = await Promise.all(ids.map((id) => server.get(`/kept/${id}`)));
    expect(answers.map(({ json }) => json)).toEqual(ids.map((id) => ({ id, note: `GET /kept/${id}`, same: true })));
  });

  test('is not kept where nothing reads it, and says so', async () => {
    expect((await server.get('/plain')).status).toBe(500);
    expect((await server.log.next()).fields).toMatchObject({ error: { code: 'BOW_NO_CURRENT_CONTEXT' } });
  });

  test('is explained by the way to what reads it', () => {
    const of = (path: string) => server.app.routes.find((route) => route.path === path)?.currentContext;
    expect(of('/kept/:id')).toBe('KeptController -> Trail -> CurrentRequest');
    expect(of('/plain')).toBeUndefined();
  });
});

/** Large enough for every kind of backpressure. */
const pieces = 200;
const piece = (): string => `${currentContext().path}\n`.padEnd(50_000, '.');

@Controller('/streamed')
class StreamedController {
  @Get('/pulled')
  pulled() {
    let left = pieces;
    return new Readable({
      read() {
        this.push(left-- > 0 ? piece() : null);
      },
    });
  }

  @Get('/generated')
  generated() {
    return Readable.from(
      (function* () {
        for (let left = pieces; left > 0; left--) yield piece();
      })(),
      { objectMode: false },
    );
  }

  @Get('/awaited')
  async *awaited() {
    for (let left = pieces; left > 0; left--) {
      yield piece();
      if (left % 10 === 0) await Promise.resolve();
    }
  }

  @Get('/trailers')
  trailers(@Ctx() ctx: HttpContext) {
    ctx.trailers(['x-path'], () => ({ 'x-path': currentContext().path }));
    return this.pulled();
  }

  @Get('/closed')
  closed(@Ctx() ctx: HttpContext) {
    const { promise, resolve } = Promise.withResolvers<string>();
    closed = promise;
    ctx.onClose(() => resolve(pathOfCurrent()));
    return 'closed';
  }

  @Get('/left')
  async left(@Ctx() ctx: HttpContext) {
    const { promise, resolve } = Promise.withResolvers<string>();
    closed = promise;
    entered.resolve();
    ctx.signal.addEventListener('abort', () => resolve(pathOfCurrent()));
    await promise;
  }

  @Post('/body')
  body(@Body() body: Readable) {
    return new Promise((resolve) => {
      const paths = new Set<string>();
      body.on('data', () => paths.add(pathOfCurrent())).on('end', () => resolve([...paths, pathOfCurrent()]));
    });
  }

  @Post('/file')
  file(@UploadedFile('file', { to: 'stream' }) { stream }: UploadedStream) {
    return new Promise((resolve) => {
      const paths = new Set<string>();
      stream.on('data', () => paths.add(pathOfCurrent())).on('end', () => resolve([...paths, pathOfCurrent()]));
    });
  }
}

let closed: Promise<string>;
let entered = Promise.withResolvers<void>();

function pathOfCurrent(): string {
  try {
    return currentContext().path;
  } catch (error) {
    return (error as BowlineError).code;
  }
}

for (const provider of [undefined, providerOfInstance]) {
  const where = provider === undefined ? '' : ' of an instance that was handed in';
  describeProviders(
    `the current context in streams and listeners${where}`,
    { controllers: [StreamedController], context: 'on', ...(provider === undefined ? {} : { provider }) },
    (server) => {
      test.each(['pulled', 'generated', 'awaited', 'trailers'])('is kept where an answer is %s', async (how) => {
        const { status, body } = await server.get(`/streamed/${how}`);
        expect([status, body.length]).toEqual([200, pieces * 50_000]);
      });

      test('is kept when the exchange is over', async () => {
        await server.get('/streamed/closed');
        expect(await closed).toBe('/streamed/closed');
      });

      test('is kept when the client leaves', async () => {
        entered = Promise.withResolvers();
        const client = await server.connect();
        client.send('GET /streamed/left HTTP/1.1\r\nHost: localhost\r\n\r\n');
        await entered.promise;
        client.stream.destroy();
        expect(await closed).toBe('/streamed/left');
      });

      test('is kept where a body arrives', async () => {
        const value = Buffer.alloc(1_000_000);
        expect(await server.post('/streamed/body', { chunks: [value] })).toMatchObject({
          json: ['/streamed/body', '/streamed/body'],
        });
        const multipart = [{ name: 'file', fileName: 'a.bin', value }];
        expect(await server.post('/streamed/file', { multipart })).toMatchObject({
          json: ['/streamed/file', '/streamed/file'],
        });
      });
    },
  );
}

describeProviders('the current context on every route', { ...fixture, context: 'on' }, (server) => {
  test('is kept', async () => {
    expect(await server.get('/plain')).toMatchObject({ status: 200, text: '/plain' });
  });
});

describe('the current context', () => {
  test('is kept where only code knows what is made', async () => {
    abstract class Made {}
    @Controller()
    class MadeController {
      constructor(_made: Made) {}
      @Get() get() {
        return currentContext().method;
      }
    }
    const module = defineModule({
      controllers: [MadeController],
      bind: ({ bind }) => bind(Made).toDynamicValue(() => ({})),
    });
    await using app = await (await createApplication({ modules: [module], signals: false })).start();
    expect(app.routes[0]?.currentContext).toBe('MadeController -> Made');
    expect((await app.inject({ url: '/' })).body.toString()).toBe('GET');
  });

  test('is none outside of a request', () => {
    expect(() => currentContext()).toThrow('currentContext() found no current context');
  });
});

/** Works for requests though it is a singleton. */
@Injectable()
class Correlation {
  constructor(private readonly current: CurrentRequest) {}

  get path(): string {
    return this.current.context.path;
  }
}

@Injectable()
class Correlated implements Middleware {
  constructor(private readonly correlation: Correlation) {}

  use(ctx: HttpContext, next: Next) {
    ctx.set('x-path', this.correlation.path);
    return next();
  }
}

const correlated: ModuleOptions['bind'] = ({ bind }) => {
  bind(GlobalMiddleware).to(Correlated);
};

describeProviders(
  'the current context of a global middleware',
  { services: [Correlation], bind: correlated },
  (server) => {
    test('is there where no route is found', async () => {
      const { status, headers } = await server.get('/nothing');
      expect([status, headers['x-path']]).toEqual([404, '/nothing']);
    });
  },
);
