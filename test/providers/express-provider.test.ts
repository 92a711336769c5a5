import express, { type Request, type Response, type NextFunction } from 'express';
import session from 'express-session';
import { describe, expect, it } from 'vitest';
import type { HttpContext } from '../../src/http/index.js';
import { ExpressProvider } from '../../src/providers/express/index.js';
import { RecordedLog } from '../conformance/harness/recorded-log.js';
import { recordingLog, serve, tableOf } from './provider-fixture.js';

/** Saves like one on the network. */
class SlowStore extends session.MemoryStore {
  override set(id: string, data: session.SessionData, done?: (error?: unknown) => void): void {
    setTimeout(() => super.set(id, data, done), 20);
  }
}

const hello = { 'GET /hello': () => 'ours' };
const text = async (url: string): Promise<string> => (await fetch(url)).text();

describe('a native application', () => {
  it('runs its middleware before our routes and its routes beside them', async () => {
    const app = express();
    app.use((_request, response, next) => {
      response.setHeader('x-native', '1');
      next();
    });
    app.get('/hello', (_request, response) => void response.send('native'));
    app.get('/native', (_request, response) => void response.send('native'));
    const server = await serve(new ExpressProvider(app), tableOf(hello));
    const ours = await fetch(`${server.url}/hello`);
    expect([ours.headers.get('x-native'), ours.headers.get('x-powered-by'), await ours.text()]).toEqual([
      '1',
      null,
      'ours',
    ]);
    expect(await text(`${server.url}/native`)).toBe('native');
    const unknown = await fetch(`${server.url}/unknown`);
    expect([unknown.status, unknown.headers.get('content-type'), unknown.headers.get('x-powered-by')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
      null,
    ]);
  });

  it('comes first with mount: last, and its routers count as routes', async () => {
    const make = (): express.Express => {
      const router = express.Router();
      router.get('/hello', (_request, response) => void response.send('native'));
      return express().use(router);
    };
    expect(await text(`${(await serve(new ExpressProvider(make), tableOf(hello))).url}/hello`)).toBe('ours');
    expect(await text(`${(await serve(new ExpressProvider(make, { mount: 'last' }), tableOf(hello))).url}/hello`)).toBe(
      'native',
    );
  });

  it('places our routes by hand, and under a path too', async () => {
    const app = express();
    const provider = new ExpressProvider(app);
    app.use('/api', provider.middleware);
    app.get('/hello', (_request, response) => void response.send('native'));
    const server = await serve(provider, tableOf({ ...hello, 'GET /api/hello': (ctx) => ctx.path }));
    expect(await text(`${server.url}/hello`)).toBe('native');
    expect(await text(`${server.url}/api/hello`)).toBe('/api/hello');
  });

  it('hands over bodies that express.json() has read, and says once that our limits did not apply', async () => {
    const { log, lines } = recordingLog();
    const app = express().use(express.json());
    const server = await serve(
      new ExpressProvider(app),
      tableOf({ 'POST /': { body: ['json'], handle: (ctx) => ctx.body(['json']) } }, log),
    );
    const send = (): Promise<unknown> =>
      fetch(server.url, { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } }).then(
        (answer) => answer.json(),
      );
    expect([await send(), await send()]).toEqual([{ a: 1 }, { a: 1 }]);
    expect(lines).toEqual([
      'warn Native middleware reads bodies before Bowline does, so its limits apply and those of the server do not',
    ]);
  });

  it('answers them where native middleware ends the answer later', async () => {
    const app = express();
    app.use(session({ secret: 'a', resave: true, saveUninitialized: true, store: new SlowStore() }));
    app.use(express.json());
    const server = await serve(new ExpressProvider(app), tableOf(hello));
    const answer = await fetch(server.url, {
      method: 'POST',
      body: '{"a":',
      headers: { 'content-type': 'application/json' },
    });
    expect([answer.status, answer.headers.get('content-type'), answer.headers.has('set-cookie')]).toEqual([
      400,
      'application/problem+json; charset=utf-8',
      true,
    ]);
    expect(await answer.json()).toMatchObject({ status: 400 });
  });

  it('answers native errors that nobody handled, showing those that are meant to be shown', async () => {
    const { log, lines } = recordingLog();
    const app = express();
    app.get('/public', () => {
      throw Object.assign(new Error('Not for you.'), { status: 403, expose: true });
    });
    app.get('/secret', () => {
      throw new Error('secret');
    });
    app.get('/users/:id', (_request, response) => void response.send('native'));
    const server = await serve(new ExpressProvider(app), tableOf(hello, log));
    const shown = await fetch(`${server.url}/public`);
    expect([shown.status, await shown.json()]).toEqual([
      403,
      { title: 'Forbidden', status: 403, detail: 'Not for you.' },
    ]);
    const hidden = await fetch(`${server.url}/secret`);
    expect([hidden.status, await hidden.text()]).toEqual([500, '{"title":"Internal Server Error","status":500}']);
    expect((await fetch(`${server.url}/users/%zz`)).status).toBe(400);
    expect(lines).toEqual(['error GET /secret failed with 500']);
  });

  it('handles errors of its own routes itself, and never sees ours', async () => {
    const app = express();
    app.get('/native', () => {
      throw new Error('broken');
    });
    app.use(
      (error: Error, _request: Request, response: Response, _next: NextFunction) =>
        void response.status(418).send(error.message),
    );
    const server = await serve(
      new ExpressProvider(app),
      tableOf({
        'GET /ours': () => {
          throw new Error('secret');
        },
      }),
    );
    const native = await fetch(`${server.url}/native`);
    expect([native.status, await native.text()]).toEqual([418, 'broken']);
    expect((await fetch(`${server.url}/ours`)).status).toBe(500);
  });

  it('leaves what an answer that broke off has sent recognisable as broken', async () => {
    const app = express();
    app.get('/half', (_request, response) => {
      response.write('half');
      throw new Error('broken');
    });
    const server = await serve(new ExpressProvider(app), tableOf(hello));
    await expect(text(`${server.url}/half`)).rejects.toThrow();
  });
});

describe('native middleware behind the first native route', () => {
  function guard(_request: Request, _response: Response, next: NextFunction): void {
    next();
  }
  const make = (): express.Express => {
    const app = express();
    app.get('/health', (_request, response) => void response.send('ok'));
    app.use('/hello', guard);
    app.use('/other', guard);
    app.get('/hello/native', (_request, response) => void response.send('native'));
    app.use((_request, response) => void response.status(404).send('catch-all'));
    return app;
  };

  it('is told of where it would run for a route of ours, by name', async () => {
    const log = new RecordedLog();
    await serve(new ExpressProvider(make), tableOf(hello, log));
    expect(log.rest()).toEqual([
      {
        level: 'warn',
        message: expect.stringMatching(/^Native middleware stands behind the first native route and does not run for/),
        fields: { provider: 'express', middleware: ['guard'] },
      },
    ]);
  });

  it('is not told of where it is meant, or where our routes are placed by hand', async () => {
    const { log, lines } = recordingLog();
    await serve(new ExpressProvider(make, { mount: 'first' }), tableOf(hello, log));
    const app = make();
    const provider = new ExpressProvider(app);
    app.use(provider.middleware);
    await serve(provider, tableOf(hello, log));
    await serve(new ExpressProvider(make), tableOf({ 'GET /ours': () => 'ours' }, log));
    expect(lines).toEqual([]);
  });
});

it('refuses an application of Express 4', async () => {
  const app = Object.assign(() => {}, { handle: () => {}, set: () => {} });
  Object.defineProperty(app, 'router', {
    get: () => {
      throw new Error("'app.router' is deprecated!");
    },
  });
  await expect(serve(new ExpressProvider(app as unknown as express.Express), tableOf(hello))).rejects.toThrow(
    'it is of Express 4, and 5 is needed. Mount app.handler() of Bowline in it, or upgrade it',
  );
});

describe('a guard of the application', () => {
  const users = { 'GET /users/:id': (ctx: HttpContext) => ({ id: ctx.params['id'], url: ctx.url }) };
  const guarded = (provider: ExpressProvider, app: express.Express): ExpressProvider => {
    app.use('/users', (request, response, next) => {
      if (request.headers.authorization === undefined) response.status(401).send(request.originalUrl);
      else next();
    });
    app.use(provider.middleware);
    return provider;
  };

  it.each(['/users/1', '/%75sers/1', '/%55SERS/1', '/user%73/%31?a=%75'])(
    'keeps others from our routes however they write the path: %s',
    async (path) => {
      const app = express();
      const server = await serve(guarded(new ExpressProvider(app), app), tableOf(users));
      expect((await fetch(server.url + path)).status).toBe(401);
    },
  );

  it('sees what needs no encoding without it, while our routes see what the client sent', async () => {
    const app = express();
    const server = await serve(guarded(new ExpressProvider(app), app), tableOf(users));
    const url = `${server.url}/%75sers/%61%2fb%c3%bc?a=%75`;
    expect(await text(url)).toBe('/users/a%2Fb%C3%BC?a=%75');
    const answer = await fetch(url, { headers: { authorization: 'x' } });
    expect(await answer.json()).toEqual({ id: 'a/bü', url: '/%75sers/%61%2fb%c3%bc?a=%75' });
  });
});

it('hands out Express request and response to a handler that answers itself', async () => {
  const server = await serve(
    new ExpressProvider(),
    tableOf({
      'GET /own': {
        answersItself: true,
        handle: (ctx) =>
          void (ctx.native.response as Response).status(201).json({ query: (ctx.native.request as Request).query }),
      },
    }),
  );
  const answer = await fetch(`${server.url}/own?a=1`);
  expect([answer.status, await answer.json()]).toEqual([201, { query: { a: '1' } }]);
});
