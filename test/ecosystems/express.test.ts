import { gunzipSync } from 'node:zlib';
import {
  Body,
  ConflictError,
  Controller,
  createParamDecorator,
  Get,
  HttpCode,
  HttpContext,
  Post,
  Req,
  UnauthorizedError,
} from 'bowline';
import { ExpressProvider } from 'bowline/express';
import compression from 'compression';
import express, { type Express, type Request } from 'express';
import session from 'express-session';
import helmet from 'helmet';
import morgan from 'morgan';
import passport from 'passport';
import { Strategy } from 'passport-local';
import { describe, expect, it } from 'vitest';
import { cookiesOf, serve } from './serve.js';

interface Visit {
  visits?: number;
}

const User = createParamDecorator((_data: undefined, ctx: HttpContext): string => {
  const user = (ctx.native.request as Request).user as { readonly name: string } | undefined;
  if (user === undefined) throw new UnauthorizedError('Log in first.');
  return user.name;
});

@Controller('/ours')
class OurController {
  @Get()
  get() {
    return { ours: true };
  }

  @Get('/conflict')
  conflict(): never {
    throw new ConflictError('Not now.');
  }

  @Get('/large')
  large() {
    return { lines: Array.from({ length: 500 }, (_, line) => `line ${line}`) };
  }

  @Post('/echo')
  echo(@Body({ validate: false }) body: unknown) {
    return { got: body };
  }

  @Post('/visits')
  visit(@Req() request: Request) {
    const visit = request.session as Visit;
    visit.visits = (visit.visits ?? 0) + 1;
    return { visits: visit.visits };
  }

  @Get('/user')
  user(@User() name: string) {
    return { name };
  }

  @Post('/login')
  async login(@Req() request: Request) {
    await new Promise<void>((resolve, reject) =>
      request.logIn({ name: 'ann' }, (error?: Error) => (error === undefined ? resolve() : reject(error))),
    );
  }

  @Post('/logout')
  @HttpCode(204)
  async logout(@Req() request: Request) {
    await new Promise<void>((resolve, reject) =>
      request.logout((error?: Error) => (error === undefined ? resolve() : reject(error))),
    );
  }
}

const controllers = [OurController];

/** Native routes beside ours, under the same middleware. */
function withRoutes(app: Express): Express {
  app.get('/theirs', (_request, response) => void response.json({ theirs: true }));
  return app;
}

describe('helmet', () => {
  it.each(['/ours', '/ours/conflict', '/theirs', '/nobody'])('puts its headers on the answer to %s', async (path) => {
    const server = await serve(new ExpressProvider(withRoutes(express().use(helmet()))), controllers);
    const { headers } = await server.get(path);
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'self'"),
      'x-content-type-options': 'nosniff',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
    });
    expect(headers).not.toHaveProperty('x-powered-by');
  });
});

describe('morgan', () => {
  it.each([
    ['GET', '/ours?a=1', 'GET /ours?a=1 200 13\n'],
    ['GET', '/ours/conflict', 'GET /ours/conflict 409 53\n'],
    ['POST', '/ours/nothing', 'POST /ours/nothing 404 80\n'],
    ['GET', '/theirs', 'GET /theirs 200 15\n'],
  ])('logs %s %s with its status and length', async (method, path, line) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const logged = morgan(':method :url :status :res[content-length]', { stream: { write: resolve } });
    const server = await serve(new ExpressProvider(withRoutes(express().use(logged))), controllers);
    await server.call(method, path);
    expect(await promise).toBe(line);
  });
});

describe('compression', () => {
  const gzip = { headers: { 'accept-encoding': 'gzip' } };

  it('compresses a large answer of ours', async () => {
    const server = await serve(new ExpressProvider(express().use(compression())), controllers);
    const plain = await server.get('/ours/large');
    const { headers, body } = await server.get('/ours/large', gzip);
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(headers).not.toHaveProperty('content-length');
    expect(gunzipSync(body).equals(plain.body)).toBe(true);
  });

  it('leaves a small answer of ours as it is', async () => {
    const server = await serve(new ExpressProvider(express().use(compression())), controllers);
    const { headers, json } = await server.get('/ours', gzip);
    expect(headers).toMatchObject({ 'content-length': '13', vary: 'Accept-Encoding' });
    expect(headers).not.toHaveProperty('content-encoding');
    expect(json).toEqual({ ours: true });
  });

  it('compresses an error of ours', async () => {
    const server = await serve(new ExpressProvider(express().use(compression({ threshold: 0 }))), controllers);
    const { status, headers, body } = await server.get('/ours/conflict', gzip);
    expect([status, headers['content-encoding']]).toEqual([409, 'gzip']);
    expect(JSON.parse(gunzipSync(body).toString())).toMatchObject({ detail: 'Not now.' });
  });

  it('leaves HEAD without a body', async () => {
    const server = await serve(new ExpressProvider(express().use(compression())), controllers);
    expect(await server.call('HEAD', '/ours/large', gzip)).toMatchObject({ status: 200, text: '' });
  });
});

/** Sessions in memory, and one user with a password. */
function withUsers(app: Express = express()): Express {
  const passports = new passport.Passport();
  passports.use(
    new Strategy((name, password, done) => {
      done(null, password === 'knot' ? { name } : false);
    }),
  );
  passports.serializeUser((user, done) => {
    done(null, (user as { readonly name: string }).name);
  });
  passports.deserializeUser((name: string, done) => {
    done(null, { name });
  });
  app.use(session({ secret: 'bowline', resave: false, saveUninitialized: false }));
  app.use(passports.session());
  app.post('/login', express.urlencoded(), passports.authenticate('local'), (_request, response) => {
    response.json({ welcome: true });
  });
  app.get('/whoami', (request, response) => void response.json(request.user ?? null));
  return app;
}

const credentials = { form: 'username=ann&password=knot' };

describe('express-session', () => {
  it('saves what a handler of ours has put into the session', async () => {
    const server = await serve(new ExpressProvider(withUsers()), controllers);
    const first = await server.post('/ours/visits');
    const second = await server.post('/ours/visits', { headers: { cookie: cookiesOf(first) } });
    expect([first.json, second.json]).toEqual([{ visits: 1 }, { visits: 2 }]);
  });

  it('sets no cookie where a handler of ours leaves the session alone', async () => {
    const server = await serve(new ExpressProvider(withUsers()), controllers);
    expect((await server.get('/ours')).headers).not.toHaveProperty('set-cookie');
  });
});

describe('passport', () => {
  it('shows a user who has logged in natively to our routes', async () => {
    const server = await serve(new ExpressProvider(withUsers()), controllers);
    const login = await server.post('/login', credentials);
    expect(login).toMatchObject({ status: 200, json: { welcome: true } });
    expect(await server.get('/ours/user', { headers: { cookie: cookiesOf(login) } })).toMatchObject({
      status: 200,
      json: { name: 'ann' },
    });
  });

  it('shows nobody to our routes where nobody has logged in', async () => {
    const server = await serve(new ExpressProvider(withUsers()), controllers);
    expect(await server.post('/login', { form: 'username=ann&password=rope' })).toMatchObject({ status: 401 });
    expect(await server.get('/ours/user')).toMatchObject({ status: 401, json: { detail: 'Log in first.' } });
  });

  it('shows a user whom a route of ours has logged in to native routes', async () => {
    const server = await serve(new ExpressProvider(withUsers()), controllers);
    const login = await server.post('/ours/login');
    expect(login.status).toBe(204);
    expect((await server.get('/whoami', { headers: { cookie: cookiesOf(login) } })).json).toEqual({ name: 'ann' });
  });

  it('forgets a user whom a route of ours has logged out', async () => {
    const server = await serve(new ExpressProvider(withUsers()), controllers);
    const headers = { cookie: cookiesOf(await server.post('/login', credentials)) };
    expect((await server.post('/ours/logout', { headers })).status).toBe(204);
    expect((await server.get('/ours/user', { headers })).status).toBe(401);
  });

  /** Our routes behind the guard of the application, which knows a path and whoever has logged in. */
  function guarded(): ExpressProvider {
    const app = withUsers();
    const provider = new ExpressProvider(app);
    app.use('/ours', (request, response, next) => {
      if (request.isAuthenticated()) next();
      else response.status(401).send('Who are you?');
    });
    app.use(provider.middleware);
    return provider;
  }

  it('lets a user pass the guard of the application', async () => {
    const server = await serve(guarded(), controllers);
    const headers = { cookie: cookiesOf(await server.post('/login', credentials)) };
    expect((await server.get('/%6Furs/user?a=%6F', { headers })).json).toEqual({ name: 'ann' });
  });

  it.each([
    '/ours/user',
    '/ours/user/',
    '/%6Furs/user',
    '/our%73/user',
    '/%6f%75%72%73/%75ser',
    'http://x/ours/user',
    'http://x/our%73/user',
  ])('keeps strangers from a path of ours by the guard of the application, however they write it: %s', async (path) => {
    const server = await serve(guarded(), controllers);
    expect(await server.get(path)).toMatchObject({ status: 401, text: 'Who are you?' });
  });

  it.each(['/OURS/user', '//ours/user', '/ours%2Fuser', '/ours/%2e/user'])(
    'shows strangers nothing at what is no path of ours: %s',
    async (path) => {
      const server = await serve(guarded(), controllers);
      const { json } = await server.get(path);
      expect(json).not.toMatchObject({ detail: 'Log in first.' });
    },
  );
});

describe('express.json', () => {
  it('hands what it has read to our routes, and the log says once that our limits did not apply', async () => {
    const server = await serve(new ExpressProvider(express().use(express.json())), controllers);
    expect((await server.post('/ours/echo', { json: { a: 1 } })).json).toEqual({ got: { a: 1 } });
    expect((await server.post('/ours/echo', { json: { a: 2 } })).json).toEqual({ got: { a: 2 } });
    expect((await server.log.next()).message).toContain('Native middleware reads bodies before Bowline does');
  });

  it('refuses what it cannot read in our shape', async () => {
    const server = await serve(new ExpressProvider(express().use(express.json())), controllers);
    const answer = await server.post('/ours/echo', { body: '{', headers: { 'content-type': 'application/json' } });
    expect(answer).toMatchObject({ status: 400, json: { title: 'Bad Request', status: 400 } });
  });
});
