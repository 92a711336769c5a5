import compression from 'compression';
import express from 'express';
import session from 'express-session';
import helmet from 'helmet';
import koaHelmet from 'koa-helmet';
import morgan from 'morgan';
import {
  ConflictError,
  Controller,
  Ctx,
  fromExpress,
  Get,
  Post,
  Body,
  UseMiddleware,
  type HttpContext,
  type ModuleOptions,
  GlobalMiddleware,
} from 'bowline';
import { fromHono } from 'bowline/hono';
import { fromKoa } from 'bowline/koa';
import { setCookie } from 'hono/cookie';
import { secureHeaders } from 'hono/secure-headers';
import { basicAuth } from 'hono/basic-auth';
import type { MiddlewareHandler } from 'hono';
import type Koa from 'koa';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';

type Connect = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => unknown;

const connect = (middleware: Connect) => UseMiddleware(fromExpress(middleware));
const koa = (middleware: Koa.Middleware) => UseMiddleware(fromKoa(middleware));
const hono = (middleware: MiddlewareHandler) => UseMiddleware(fromHono(middleware));

const lines: string[] = [];
const waiting: (() => void)[] = [];

@Controller('/express')
class ExpressShapes {
  @Get('/helmet')
  @connect(helmet() as Connect)
  helmet() {
    return { ok: true };
  }

  @Get('/compression')
  @connect(compression({ threshold: 0 }) as unknown as Connect)
  compression() {
    return 'a text that is worth it '.repeat(50);
  }

  @Get('/compression-stream')
  @connect(compression({ threshold: 0 }) as unknown as Connect)
  async *compressionStream() {
    yield 'a text that is worth it '.repeat(50);
    await Promise.resolve();
    yield 'and more of it '.repeat(50);
  }

  @Get('/morgan')
  @connect(
    morgan(':method :url :status', {
      stream: {
        write: (line: string) => {
          lines.push(line.trim());
          waiting.shift()?.();
        },
      },
    }) as Connect,
  )
  morgan() {
    return 'logged';
  }

  @Get('/later')
  @connect((_request, response, next) => {
    setImmediate(() => {
      response.setHeader('x-later', 'yes');
      next();
    });
  })
  later() {
    return 'later';
  }

  @Get('/error')
  @connect((_request, _response, next) => next(new ConflictError('of the middleware')))
  error() {
    return 'never';
  }

  @Get('/rejects')
  @connect(async () => {
    throw new ConflictError('of an asynchronous one');
  })
  rejects() {
    return 'never';
  }

  @Get('/answers')
  @connect((_request, response) => {
    response.setHeader('content-type', 'text/plain');
    response.end('by hand');
  })
  answers() {
    return 'never';
  }

  @Get('/answers-later')
  @connect((_request, response) => {
    setImmediate(() => {
      response.writeHead(202, { 'content-type': 'text/plain' });
      response.end('by hand, later');
    });
  })
  answersLater() {
    return 'never';
  }

  @Get('/rejects-with-nothing')
  @connect(() => Promise.reject(undefined))
  rejectsWithNothing() {
    return 'in';
  }

  @Get('/fails-late')
  @connect(async (_request, _response, next) => {
    next();
    await Promise.resolve();
    throw new Error('after next()');
  })
  failsLate() {
    return 'in';
  }

  @Get('/twice')
  @connect((_request, _response, next) => {
    next();
    next();
    setImmediate(next);
  })
  twice() {
    return 'in';
  }

  @Get('/session')
  @connect(session({ secret: 'knot', resave: false, saveUninitialized: true }) as Connect)
  session(@Ctx() ctx: HttpContext) {
    return { has: 'session' in ctx.node.request };
  }

  @Post('/body-parser')
  @connect(express.json() as Connect)
  bodyParser(@Body({ validate: false }) body: object) {
    return body;
  }

  @Post('/body')
  @connect((_request, _response, next) => next())
  body(@Body({ validate: false }) body: object) {
    return body;
  }
}

@Controller('/koa')
class KoaShapes {
  @Get('/helmet')
  @koa(koaHelmet())
  helmet() {
    return { ok: true };
  }

  @Get('/early')
  @koa((ctx) => {
    ctx.status = 202;
    ctx.type = 'text/html';
    ctx.body = '<p>early</p>';
  })
  early() {
    return 'never';
  }

  @Get('/after')
  @koa(async (ctx, next) => {
    await next();
    ctx.set('x-after', 'yes');
  })
  after() {
    return { ok: true };
  }

  @Get('/status')
  @koa((ctx) => {
    ctx.status = 204;
  })
  status() {
    return 'never';
  }

  @Get('/throws')
  @koa((ctx) => ctx.throw(418, 'short and stout'))
  throws() {
    return 'never';
  }

  @Get('/inside')
  @koa(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      ctx.status = 409;
      ctx.body = { caught: (error as Error).message };
    }
  })
  inside() {
    throw new Error('inside');
  }
}

@Controller('/hono')
class HonoShapes {
  @Get('/secure')
  @hono(secureHeaders())
  secure() {
    return { ok: true };
  }

  @Get('/early')
  @hono((c) => Promise.resolve(c.text('early', 202)))
  early() {
    return 'never';
  }

  @Get('/auth')
  @hono(basicAuth({ username: 'ada', password: 'lovelace' }))
  auth() {
    return 'in';
  }

  @Get('/set')
  @hono(async (c, next) => {
    c.header('x-before', 'yes');
    setCookie(c, 'a', '1');
    setCookie(c, 'b', '2');
    await next();
  })
  set() {
    return { ok: true };
  }

  @Get('/inside')
  @hono(async (_c, next) => {
    await next();
  })
  inside() {
    throw new ConflictError('inside');
  }
}

const fixture = { controllers: [ExpressShapes, KoaShapes, HonoShapes], overHttps: true };

describeProviders('foreign middleware', fixture, (server) => {
  describe('of Express', () => {
    test('sets headers (helmet)', async () => {
      const { headers, json } = await server.get('/express/helmet');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(json).toEqual({ ok: true });
    });

    test('compresses answers (compression)', async () => {
      for (const path of ['/express/compression', '/express/compression-stream']) {
        const { headers, body } = await server.get(path, { headers: { 'accept-encoding': 'gzip' } });
        expect(headers['content-encoding']).toBe('gzip');
        expect(body.length).toBeLessThan(400);
      }
    });

    test('hears of the end (morgan)', async () => {
      const logged = new Promise<void>((resolve) => waiting.push(resolve));
      expect((await server.get('/express/morgan')).text).toBe('logged');
      await logged;
      expect(lines.at(-1)).toBe('GET /express/morgan 200');
    });

    test('may take its time', async () => {
      expect((await server.get('/express/later')).headers['x-later']).toBe('yes');
    });

    test('fails by next(error), or by its promise', async () => {
      expect((await server.get('/express/error')).status).toBe(409);
      expect((await server.get('/express/rejects')).status).toBe(409);
    });

    test('answers by itself, now or later', async () => {
      const now = await server.get('/express/answers');
      expect([now.status, now.text]).toEqual([200, 'by hand']);
      const later = await server.get('/express/answers-later');
      expect([later.status, later.text]).toEqual([202, 'by hand, later']);
    });

    test('lets nothing pass that it rejects, whatever it rejects with', async () => {
      expect((await server.get('/express/rejects-with-nothing')).status).toBe(500);
      expect(server.log.rest()).toHaveLength(1);
    });

    test('that fails when it has gone on leaves the answer and is logged', async () => {
      expect((await server.get('/express/fails-late')).text).toBe('in');
      expect((await server.log.next()).message).toBe('A middleware failed after its request had gone on');
    });

    test('goes on once, however often it says so', async () => {
      expect((await server.get('/express/twice')).text).toBe('in');
    });

    test('may wait with the end of the answer (express-session)', async () => {
      const { headers, json } = await server.get('/express/session');
      expect(json).toEqual({ has: true });
      expect(headers['set-cookie']?.[0]).toMatch(/^connect\.sid=/);
    });

    test('may read the body in the place of the route (express.json)', async () => {
      expect((await server.post('/express/body-parser', { json: { n: 1 } })).json).toEqual({ n: 1 });
      // Once for a server that its own limits do not apply.
      server.log.rest();
    });

    test('leaves bodies to the route', async () => {
      expect((await server.post('/express/body', { json: { a: 1 } })).json).toEqual({ a: 1 });
    });
  });

  describe('of Koa', () => {
    test('sets headers, before and behind next() (koa-helmet)', async () => {
      const { headers, json, status } = await server.get('/koa/helmet');
      expect([headers['x-content-type-options'], status, json]).toEqual(['nosniff', 200, { ok: true }]);
      expect((await server.get('/koa/after')).headers['x-after']).toBe('yes');
    });

    test('answers by itself, with a body or a status', async () => {
      const early = await server.get('/koa/early');
      expect([early.status, early.text, early.headers['content-type']]).toEqual([
        202,
        '<p>early</p>',
        'text/html; charset=utf-8',
      ]);
      expect((await server.get('/koa/status')).status).toBe(204);
    });

    test('throws, and catches what is thrown inside', async () => {
      expect((await server.get('/koa/throws')).status).toBe(418);
      const inside = await server.get('/koa/inside');
      expect([inside.status, inside.json]).toEqual([409, { caught: 'inside' }]);
    });
  });

  describe('of Hono', () => {
    test('sets headers behind next() (secureHeaders)', async () => {
      const { headers, json } = await server.get('/hono/secure');
      expect([headers['x-frame-options'], json]).toEqual(['SAMEORIGIN', { ok: true }]);
    });

    test('sets headers and cookies before next()', async () => {
      const { headers, json } = await server.get('/hono/set');
      expect(json).toEqual({ ok: true });
      expect(headers['x-before']).toBe('yes');
      expect(headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2; Path=/']);
    });

    test('answers by itself', async () => {
      const early = await server.get('/hono/early');
      expect([early.status, early.text]).toEqual([202, 'early']);
      const refused = await server.get('/hono/auth');
      expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, 'Basic realm="Secure Area"']);
      const authorization = `Basic ${Buffer.from('ada:lovelace').toString('base64')}`;
      expect((await server.get('/hono/auth', { headers: { authorization } })).text).toBe('in');
    });

    test('passes errors of the route on', async () => {
      expect((await server.get('/hono/inside')).status).toBe(409);
    });
  });
});

const everywhere: ModuleOptions['bind'] = ({ bind }) => {
  bind(GlobalMiddleware).toConstantValue(fromExpress(helmet() as Connect));
  bind(GlobalMiddleware).toConstantValue(
    fromExpress(((request, response, next) => {
      if (request.url !== '/legacy') next();
      else response.end('legacy');
    }) as Connect),
  );
};

describeProviders(
  'foreign middleware around everything',
  { controllers: [ExpressShapes], bind: everywhere, overHttps: true },
  (server) => {
    test('answers and sets headers where no route is', async () => {
      const missing = await server.get('/nothing');
      expect([missing.status, missing.headers['x-content-type-options']]).toEqual([404, 'nosniff']);
      const legacy = await server.get('/legacy');
      expect([legacy.status, legacy.text, legacy.headers['x-content-type-options']]).toEqual([
        200,
        'legacy',
        'nosniff',
      ]);
    });
  },
);
