import {
  createApplication,
  defineModule,
  HttpProvider,
  loadProvider,
  type Application,
  type ApplicationOptions,
  type LoadableProvider,
  type ModuleOptions,
  type ServerOptions,
} from 'bowline';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connectTo, type RawClient } from '../../server/raw-client.js';
import { certificate } from './certificate.js';
import { send, type Answer, type Call } from './client.js';
import { exceptions } from './exceptions.js';
import { RecordedLog } from './recorded-log.js';

const allProviders: readonly LoadableProvider[] = ['node', 'fastify', 'express', 'koa', 'hono'];

/** CONFORMANCE=node,koa runs the suite on these alone, while one of them is being worked on. */
export const providers = (process.env['CONFORMANCE']?.split(',') as LoadableProvider[] | undefined) ?? allProviders;

/** The application that a file of behaviours is held against. */
export interface Fixture
  extends Pick<ModuleOptions, 'controllers' | 'services' | 'bind' | 'imports'>, Omit<ApplicationOptions, 'servers'> {
  /** Each listens on a port of its own and has a provider of its own. */
  readonly servers?: Readonly<Record<string, ServerOptions>>;
  /** Runs every behaviour over https on all providers, and not on node alone, and there on an instance that was handed in. */
  readonly overHttps?: boolean;
  /** Makes the provider. @default the one of that name without options */
  readonly provider?: (name: LoadableProvider) => Promise<HttpProvider>;
}

/** One provider at work: what behaviours send their requests to. */
export class ProviderUnderTest {
  readonly name: LoadableProvider;
  readonly secure: boolean;
  readonly log = new RecordedLog();
  readonly #fixture: Fixture;
  #app: Application | undefined;

  constructor(name: LoadableProvider, secure: boolean, fixture: Fixture) {
    this.name = name;
    this.secure = secure;
    this.#fixture = fixture;
  }

  get app(): Application {
    if (this.#app === undefined)
      throw new Error('The application is started before the first behaviour and not earlier.');
    return this.#app;
  }

  get url(): string {
    return this.app.url;
  }

  get protocol(): 'http' | 'https' {
    return this.secure ? 'https' : 'http';
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

  /** The same for another server than `main`. */
  getFrom(server: string, path: string, call?: Call): Promise<Answer> {
    return send(this.urlOf(server), 'GET', path, call);
  }

  urlOf(server: string): string {
    const url = this.app.servers[server]?.url;
    if (url === undefined) throw new Error(`The fixture has no server '${server}'.`);
    return url;
  }

  /** A connection of whose bytes the behaviour decides. */
  connect(): Promise<RawClient> {
    return connectTo(this.url);
  }

  /** What `main` is declared with, for an application with other servers. */
  get mainOptions(): ServerOptions {
    return this.#server('main', {});
  }

  /** Starts one more application of the same fixture, for a behaviour that ends it. */
  async startAnother(more: Partial<ApplicationOptions> = {}): Promise<Application> {
    return (await this.#create(more)).listen({ port: 0, host: '127.0.0.1' });
  }

  async start(): Promise<void> {
    this.#app = await this.startAnother();
  }

  async stop(): Promise<void> {
    await this.#app?.close();
  }

  async #create(more: Partial<ApplicationOptions>): Promise<Application> {
    const {
      controllers,
      services,
      bind,
      imports,
      modules,
      servers = {},
      overHttps: _,
      provider: _provider,
      ...options
    } = this.#fixture;
    const own = { controllers, services, bind, imports };
    const module = defineModule(Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)));
    const given = typeof modules === 'function' ? await modules() : (modules ?? []);
    return createApplication({
      logger: this.log,
      signals: false,
      drainIdleTimeout: 50,
      ...options,
      servers: Object.fromEntries(
        Object.entries({ main: {}, ...servers }).map(([name, server]) => [name, this.#server(name, server)]),
      ),
      modules: [module, ...given, this.#providerModule(Object.keys(servers))],
      ...more,
    });
  }

  #server(name: string, server: ServerOptions): ServerOptions {
    const place = name === 'main' ? {} : { port: 0, host: '127.0.0.1' };
    return { ...place, ...server, ...(this.secure ? { tls: certificate } : {}) };
  }

  #providerModule(servers: readonly string[]): ReturnType<typeof defineModule> {
    const make = this.#fixture.provider ?? (this.secure ? providerOfInstance : loadProvider);
    return defineModule({
      name: 'providerModule',
      bind: async ({ bind }) => {
        bind(HttpProvider).toConstantValue(await make(this.name));
        for (const server of servers) {
          if (server !== 'main')
            bind(HttpProvider)
              .toConstantValue(await make(this.name))
              .whenNamed(server);
        }
      },
    });
  }
}

/**
 * The provider of an instance that was handed in, which others may look into: it answers in another way than one of
 * Bowline's own. Behaviours that run over https too are so held to both.
 */
export function providerOfInstance(name: LoadableProvider): Promise<HttpProvider> {
  const instances: Partial<Record<LoadableProvider, () => object>> = {
    fastify: () => fastify({ routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 } }),
    express: () => express().use((_request, _response, next) => next()),
    koa: () => new Koa().use((_koa, next) => next()),
    hono: () => new Hono().use((_c, next) => next()),
  };
  const instance = instances[name];
  return instance === undefined ? loadProvider(name) : loadProvider(name, { instance });
}

/**
 * Declares behaviours once and holds every provider to them. The application runs from before the first to after the last
 * of them; a warning or error that a behaviour does not take from the log fails it. `exceptions` excuses a provider.
 */
export function describeProviders(
  title: string,
  fixture: Fixture,
  behaviours: (server: ProviderUnderTest) => void,
): void {
  for (const secure of [false, true]) {
    for (const name of providers) {
      if (secure && name !== 'node' && fixture.overHttps !== true) continue;
      const reason = exceptions[title]?.[name];
      if (reason !== undefined) {
        test.skip(`${title}, not on ${name}: ${reason}`);
        continue;
      }
      // The reporter that counts reads the end of it.
      describe(`${title} on ${name}${secure ? ' over https' : ''}`, () => {
        const server = new ProviderUnderTest(name, secure, fixture);
        beforeAll(() => server.start());
        afterAll(() => server.stop());
        afterEach(() => {
          expect(server.log.rest()).toEqual([]);
        });
        behaviours(server);
      });
    }
  }
}
