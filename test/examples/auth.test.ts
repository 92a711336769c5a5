import { createApplication, type HttpContext } from 'bowline';
import { Test } from 'bowline/testing';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, describe, expect, test } from 'vitest';
import { authModule } from '../../examples/auth/src/auth-module.js';
import { CurrentUser } from '../../examples/auth/src/current-user.js';
import { notesModule } from '../../examples/auth/src/notes-module.js';
import { Roles } from '../../examples/auth/src/roles.js';
import { TokenGuard } from '../../examples/auth/src/token-guard.js';
import { Tokens } from '../../examples/auth/src/tokens.js';
import { startProcess, type RunningProcess } from './running-process.js';

const main = 'examples/auth/dist/main.js';
const text = 'a secret that only this test and its service know';
const secret = new TextEncoder().encode(text);
let service: RunningProcess | undefined;

afterEach(async () => {
  await service?.stop('SIGKILL');
});

async function start(env: Record<string, string> = {}): Promise<RunningProcess> {
  return (service = await startProcess(process.execPath, [main], { TOKEN_SECRET: text, ...env }));
}

async function ask(url: string, token?: string, body?: object) {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    challenge: response.headers.get('www-authenticate'),
    body: await response.text(),
  };
}

async function login(url: string, name: string, password: string): Promise<string> {
  const { status, body } = await ask(`${url}/login`, undefined, { name, password });
  expect(status, body).toBe(200);
  return (JSON.parse(body) as { access_token: string }).access_token;
}

/** A token as the service would issue it, with something changed. */
function forge(change: (token: SignJWT) => SignJWT, key = secret, alg = 'HS256'): Promise<string> {
  return change(tokenFor('ada').setProtectedHeader({ alg })).sign(key);
}

function tokenFor(subject: unknown): SignJWT {
  const claims = { iss: 'https://notes.example', aud: 'notes', sub: subject as string };
  return new SignJWT(claims).setExpirationTime('1 minute');
}

function forgeFor(subject: unknown): Promise<string> {
  return tokenFor(subject).setProtectedHeader({ alg: 'HS256' }).sign(secret);
}

const problem = 'application/problem+json; charset=utf-8';
const notValid = 'Bearer realm="notes", error="invalid_token"';

describe.each(['node', 'fastify', 'express', 'koa', 'hono'])('the auth example on %s', (provider) => {
  test('lets in who has a token and the role, and keeps the notes of one from the other', async () => {
    const { url, stop, output } = await start({ PROVIDER: provider });

    expect((await ask(url)).body).toContain('<h1>Notes behind a guard</h1>');
    expect(await ask(`${url}/notes`)).toMatchObject({ status: 401, type: problem, challenge: 'Bearer realm="notes"' });
    expect((await ask(`${url}/nothing`)).status).toBe(404);

    const bob = await login(url, 'bob', 'sheet bend');
    const ada = await login(url, 'ada', 'bowline on a bight');
    expect((await ask(`${url}/me`, bob)).body).toBe('{"name":"bob"}');
    expect(await ask(`${url}/notes`, bob, { text: 'Buy rope' })).toMatchObject({
      status: 201,
      body: '{"id":1,"owner":"bob","text":"Buy rope"}',
    });
    expect((await ask(`${url}/notes`, bob, { text: '' })).status).toBe(400);
    expect((await ask(`${url}/notes`, ada)).body).toBe('[]');
    expect((await ask(`${url}/notes`, bob)).body).toContain('Buy rope');

    expect((await ask(`${url}/admin/notes`, ada)).body).toContain('Buy rope');
    const refused = await ask(`${url}/admin/notes`, bob);
    expect([refused.status, refused.type]).toEqual([403, problem]);
    expect(JSON.parse(refused.body)).toMatchObject({ status: 403, title: 'Forbidden' });

    expect(await stop('SIGTERM')).toBe(0);
    expect(output()).not.toMatch(/"level":"(warn|error)"/);
  });
});

describe('a token', () => {
  test.each([
    ['that has expired', () => forge((token) => token.setExpirationTime('-1 second')), 'The token has expired.'],
    ['with a wrong signature', () => forge((token) => token, new Uint8Array(32).fill(7))],
    ['without a signature', async () => unsigned()],
    ['whose signature was cut off', async () => (await forge((token) => token)).replace(/[^.]+$/, '')],
    ['of another algorithm', () => forge((token) => token, secret, 'HS512')],
    ['of another issuer', () => forge((token) => token.setIssuer('https://elsewhere.example'))],
    ['for another service', () => forge((token) => token.setAudience('invoices'))],
    ['that is not good yet', () => forge((token) => token.setNotBefore('1 minute'))],
    ['for nobody', () => forgeFor(undefined)],
    ['whose subject is no text', () => forgeFor(7)],
    ['that is none', async () => 'abc'],
    ['that has three parts and nothing in them', async () => 'a.b.c'],
    ['with a part that is no JSON', async () => `${btoa('x')}.${btoa('y')}.${btoa('z')}`],
    ['with a critical header that nobody knows', async () => `${btoa('{"alg":"HS256","crit":["x"],"x":1}')}.e30.e30`],
  ])('%s is a 401 that says so', async (_what, make, detail = 'The token is not valid.') => {
    await using app = await create();
    const headers = { authorization: `Bearer ${await make()}` };
    const refused = await app.inject({ url: '/me', headers });
    expect([refused.statusCode, refused.json().detail]).toEqual([401, detail]);
    expect(refused.headers['www-authenticate']).toBe(notValid);
  });

  test.each(['Basic YWRhOmFkYQ==', 'Bearer', 'Bearer ', 'bearer a b', ''])(
    "'%s' is none, and a 401 that asks for one",
    async (authorization) => {
      await using app = await create();
      const refused = await app.inject({ url: '/me', headers: { authorization } });
      expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([401, 'Bearer realm="notes"']);
    },
  );

  test('is refused before the body is read', async () => {
    await using app = await create();
    const headers = { 'content-type': 'application/json' };
    expect((await app.inject({ method: 'POST', url: '/notes', headers, payload: '{' })).statusCode).toBe(401);
  });

  test('is not got by a wrong password or an unknown name, and the answer does not say which', async () => {
    await using app = await create();
    const wrong = await app.inject({ url: '/login', payload: { name: 'ada', password: 'x' } });
    const unknown = await app.inject({ url: '/login', payload: { name: 'eve', password: 'x' } });
    expect([wrong.statusCode, unknown.statusCode]).toEqual([401, 401]);
    expect(wrong.json().detail).toBe(unknown.json().detail);
    expect((await app.inject({ url: '/login', payload: { name: 'ada' } })).statusCode).toBe(400);
  });

  test('is worth no more than the roles that its user has now', async () => {
    await using app = await create();
    const headers = { authorization: `Bearer ${await app.get(Tokens).issue({ name: 'ada' })}` };
    expect((await app.inject({ url: '/admin/notes', headers })).statusCode).toBe(200);
    app.get(Roles).revoke('ada');
    expect((await app.inject({ url: '/admin/notes', headers })).statusCode).toBe(403);
  });
});

describe('the guards of the auth example', () => {
  test('are replaced in a test by their class', async () => {
    await using app = await builder()
      .override(TokenGuard)
      .useValue({
        canActivate: (ctx: HttpContext) => {
          ctx.put(CurrentUser, { name: 'bob' });
          return true;
        },
      })
      .create();
    expect((await app.inject('/me')).json()).toEqual({ name: 'bob' });
    expect((await app.inject({ url: '/notes', payload: { text: 'Splice' } })).json().owner).toBe('bob');
    expect((await app.inject('/admin/notes')).statusCode).toBe(403);
  });

  test('ask a service that a test may replace', async () => {
    await using app = await builder()
      .override(Roles)
      .useValue({ has: () => true } as never)
      .create();
    const headers = { authorization: `Bearer ${await app.get(Tokens).issue({ name: 'eve' })}` };
    expect((await app.inject({ url: '/admin/notes', headers })).statusCode).toBe(200);
  });

  test('are missed at boot', async () => {
    const boot = createApplication({ modules: [notesModule], requireGuard: true, signals: false });
    await expect(boot).rejects.toThrow(/GET \/me \(HomeController\.me\) has no guard/);
  });
});

describe('the settings of the auth example', () => {
  test.each([
    [{ TOKEN_SECRET: 'short' }, 'TOKEN_SECRET is too short; it must have at least 32 bytes.'],
    [{ TOKEN_LIFETIME: '0' }, "TOKEN_LIFETIME is '0'; it must be a whole number of seconds."],
    [{ PORT: '70000' }, "PORT is '70000'; it must be a whole number from 0 to 65535."],
  ])('%o are a sentence and end with 1', async (env, sentence) => {
    await expect(start(env)).rejects.toThrow(`ended with 1 before it listened:\n${sentence}\n`);
  });
});

function unsigned(): string {
  return new UnsecuredJWT()
    .setIssuer('https://notes.example')
    .setAudience('notes')
    .setSubject('ada')
    .setExpirationTime('1 minute')
    .encode();
}

function builder() {
  return Test.createApplication({
    modules: [authModule({ secret, lifetime: 60 }), notesModule],
    requireGuard: true,
    logger: { level: 'silent' },
  });
}

function create() {
  return builder().create();
}
