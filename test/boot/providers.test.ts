import { BootError, Controller, createApplication, Get, HttpProvider } from 'bowline';
import { ExpressProvider } from 'bowline/express';
import { FastifyProvider } from 'bowline/fastify';
import { HonoProvider } from 'bowline/hono';
import { KoaProvider } from 'bowline/koa';
import express from 'express';
import fastify from 'fastify';
import Koa from 'koa';
import { describe, expect, it } from 'vitest';
import { problemsOf, shop } from './boot-fixture.js';

@Controller('/orders')
class OrderController {
  @Get() list(): string {
    return 'ours';
  }
}

const provided = (provider: HttpProvider, server?: string) =>
  shop({
    controllers: server === undefined ? [OrderController] : [],
    bind: ({ bind }) => {
      const bound = bind(HttpProvider).toConstantValue(provider);
      if (server !== undefined) bound.whenNamed(server);
    },
  });

async function problemsOfStart(...providers: HttpProvider[]): Promise<readonly string[]> {
  const modules = providers.map((provider, index) => provided(provider, index === 0 ? undefined : 'admin'));
  const servers = providers.length === 1 ? {} : { admin: {} };
  const app = await createApplication({ modules, servers, signals: false, logger: { level: 'silent' } });
  const error = await app.start().catch((reason: unknown) => reason);
  if (!(error instanceof BootError)) throw error;
  return error.problems.map(({ message, code }) => `${message} [${code}]`);
}

describe('an option of a provider', () => {
  it.each([
    ['KoaProvider', new KoaProvider({ mont: 'last', proxi: true } as object), ['mount', 'proxy'], ['mont', 'proxi']],
    ['ExpressProvider', new ExpressProvider({ mont: 'last' } as object), ['mount'], ['mont']],
    ['HonoProvider', new HonoProvider({ mont: 'last' } as object), ['mount'], ['mont']],
    ['FastifyProvider', new FastifyProvider({ loger: true } as object), ['logger'], ['loger']],
  ])('of %s that does not exist is named with the nearest', async (name, provider, nearest, given) => {
    expect(await problemsOf([provided(provider)])).toEqual(
      given.map(
        (option, index) =>
          `There is no option ${name}.${option}. Did you mean ${name}.${nearest[index]}? [BOW_OPTION_UNKNOWN]`,
      ),
    );
  });

  it('has one of the values that there are', async () => {
    const wrong = { mount: 'lst' } as unknown as { mount: 'last' };
    for (const [name, provider] of [
      ['KoaProvider', new KoaProvider(new Koa(), wrong)],
      ['ExpressProvider', new ExpressProvider(express(), wrong)],
      ['HonoProvider', new HonoProvider(wrong)],
    ] as const) {
      expect(await problemsOf([provided(provider)])).toEqual([
        `${name}.mount is 'lst'; it must be one of 'first', 'last'. [BOW_OPTION_INVALID]`,
      ]);
    }
  });

  it('stands in the options of the server where Bowline owns what it is about', async () => {
    const provider = new FastifyProvider({
      // @ts-expect-error -- the server has limits.body
      bodyLimit: 10,
      keepAliveTimeout: 1,
      https: {},
      serverFactory: () => {},
    });
    expect(await problemsOf([provided(provider)])).toEqual([
      'FastifyProvider.bodyLimit is 10; it must be left out: Bowline owns the server; the options of the server have limits.body instead. [BOW_OPTION_INVALID]',
      'FastifyProvider.keepAliveTimeout is 1; it must be left out: Bowline owns the server; the options of the server have timeouts.keepAlive instead. [BOW_OPTION_INVALID]',
      'FastifyProvider.https is an object; it must be left out: Bowline owns the server; the options of the server have tls instead. [BOW_OPTION_INVALID]',
      'FastifyProvider.serverFactory is the function serverFactory; it must be left out: Bowline owns the server. [BOW_OPTION_INVALID]',
    ]);
  });

  it('does not make Fastify compare paths in another way than the server', async () => {
    const routerOptions = { caseSensitive: false, maxParamLength: 500 };
    expect(await problemsOf([provided(new FastifyProvider({ routerOptions }))])).toEqual([
      'The fastify instance that was handed in cannot be used: its options compare paths in another way than this server (caseSensitive: false). Leave them out, or write caseSensitive: true. [BOW_NATIVE_INSTANCE]',
    ]);
    expect(await problemsOf([provided(new FastifyProvider({ ignoreTrailingSlash: false }))])).toEqual([
      'The fastify instance that was handed in cannot be used: its options compare paths in another way than this server (ignoreTrailingSlash: false). Leave them out, or write ignoreTrailingSlash: true. [BOW_NATIVE_INSTANCE]',
    ]);
  });

  it('of the framework does not stand beside an instance', async () => {
    expect(await problemsOf([provided(new KoaProvider({ instance: new Koa(), proxy: true }))])).toEqual([
      'KoaProvider.proxy is true; it must be left out beside an instance, which has its own. [BOW_OPTION_INVALID]',
    ]);
    const instance = () => fastify({ routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 } });
    expect(await problemsOf([provided(new FastifyProvider({ instance, trustProxy: true }))])).toEqual([
      'FastifyProvider.trustProxy is true; it must be left out beside an instance, which has its own. [BOW_OPTION_INVALID]',
    ]);
  });

  it('is an instance of the right framework', async () => {
    for (const [name, framework, provider] of [
      ['KoaProvider', 'an application of Koa', new KoaProvider(null as never)],
      ['ExpressProvider', 'an application of Express', new ExpressProvider({ instance: null as never })],
      ['HonoProvider', 'an application of Hono', new HonoProvider(null as never)],
      ['FastifyProvider', 'an instance of Fastify', new FastifyProvider(null as never)],
    ] as const) {
      expect(await problemsOf([provided(provider)])).toEqual([
        `${name}.instance is null; it must be ${framework}, or a function that makes one. [BOW_OPTION_INVALID]`,
      ]);
    }
  });
});

describe('a native instance', () => {
  const failing = (): never => {
    throw new Error('no licence');
  };

  it.each([
    ['koa', new KoaProvider(failing)],
    ['express', new ExpressProvider(failing)],
    ['hono', new HonoProvider(failing)],
    ['fastify', new FastifyProvider(failing)],
  ])('of %s that its function cannot make is a problem of the report', async (name, provider) => {
    expect(await problemsOf([provided(provider)])).toEqual([
      `The ${name} instance that was handed in cannot be used: no licence. [BOW_NATIVE_INSTANCE]`,
    ]);
  });

  it('with a route that is one of ours is a problem of the report', async () => {
    const app = fastify({ routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 } });
    app.get('/orders', () => 'native');
    expect(await problemsOfStart(new FastifyProvider(app))).toEqual([
      expect.stringMatching(
        /^The fastify instance that was handed in cannot be used: .*'\/orders'.* \[BOW_NATIVE_INSTANCE\]$/,
      ),
    ]);
  });

  it.each([
    ['koa', new KoaProvider(), 'its provider serves a server already; make a provider for each.'],
    ['express', new ExpressProvider(), 'its provider serves a server already; make a provider for each.'],
    ['hono', new HonoProvider(), 'its provider serves a server already; make a provider for each.'],
  ])('of %s that serves two servers is a problem of the report', async (name, provider, reason) => {
    expect(await problemsOfStart(provider, provider)).toEqual([
      `The ${name} instance that was handed in cannot be used: ${reason} [BOW_NATIVE_INSTANCE]`,
    ]);
  });
});
