import type Koa from 'koa';
import {
  BowlineError,
  customOption,
  importOptional,
  isPlainOptions,
  oneOfOption,
  requireOptions,
  type Logger,
  type OptionRules,
} from '../../foundation/index.js';
import {
  answerOfNative,
  fail,
  HttpProvider,
  isHttpError,
  showPlainTarget,
  type MountedProvider,
  type RouteTable,
} from '../../http/index.js';
import { KoaContext } from './koa-context.js';

type Maker = () => Koa | Promise<Koa>;
type KoaOptions = NonNullable<ConstructorParameters<typeof Koa>[0]>;

/** Koa's own options for an application that Bowline makes, or an application. */
export interface KoaProviderOptions extends KoaOptions {
  /** An application, or a function that makes one; Koa's own options have no meaning then. */
  readonly instance?: Koa | Maker;
  /** Whether our routes come before the first native router, or after all middleware. @default 'first' */
  readonly mount?: 'first' | 'last';
}

const noParams: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Serves routes by one middleware of a Koa 3 application, and answers what the whole of it has left, errors that nobody
 * has caught included.
 */
export class KoaProvider extends HttpProvider {
  readonly name = 'koa';
  readonly capabilities = { fastEmptyRequests: false, upgrade: false };
  readonly #options: KoaProviderOptions;
  #table: RouteTable | undefined;
  #made: Promise<Koa> | undefined;
  #isOutermost = false;

  constructor(given: KoaProviderOptions | Koa | Maker = {}, options: KoaProviderOptions = {}) {
    super();
    const own = (isPlainOptions(given) ? given : { instance: given }) as KoaProviderOptions;
    this.#options = { ...options, ...own };
  }

  /** Our routes as a middleware, to be placed by hand: `legacy.use(provider.middleware)`. It is not placed again then. */
  readonly middleware: Koa.Middleware = (koa, next) => {
    const table = this.#table;
    const match = table?.find(koa.method, koa.originalUrl);
    if (table === undefined || match === undefined || match === null) return next();
    const { store, params, searchParams } = match;
    const context = new KoaContext(koa, table.services, store, params, searchParams);
    // What answers natively means 200 where it says nothing, and not Koa's 404.
    koa.res.statusCode = 200;
    // A single route says so; of several versions only the one that is found knows.
    if (store !== undefined && store !== null && !store.description.answersItself) {
      // Answers go round Koa, at half its price, where no middleware stands around the routes that could look at them.
      if (this.#isOutermost) koa.respond = false;
      return match.handler(context);
    }
    return settle(koa, context, match.handler(context));
  };

  async mount(table: RouteTable): Promise<MountedProvider> {
    if (this.#table !== undefined) throw refusal('its provider serves a server already; make a provider for each');
    const app = await (this.#made ??= this.#make());
    this.#table = table;
    const stack = app.middleware as Koa.Middleware[];
    if (!stack.includes(this.middleware)) {
      const router = this.#options.mount === 'last' ? -1 : stack.findIndex((each) => 'router' in each);
      stack.splice(router === -1 ? stack.length : router, 0, this.middleware);
    }
    this.#isOutermost = stack[0] === this.middleware;
    stack.unshift(this.#answerRest(table));
    if (this.#options.instance === undefined) app.on('error', errorLogger(table.services.log));
    const serve = app.callback();
    const listener: MountedProvider['listener'] = (request, response) => {
      showPlainTarget(request);
      void serve(request, response);
    };
    return { listener, native: app, close: () => Promise.resolve() };
  }

  /** Throws BOW_PACKAGE_MISSING where Koa is not installed and none was handed in, and what the maker throws. */
  override async prepare(): Promise<void> {
    requireOptions('KoaProvider', this.#options, rulesBeside(this.#options.instance));
    await (this.#made ??= this.#make());
  }

  async #make(): Promise<Koa> {
    const { instance } = this.#options;
    if (instance === undefined) return create(this.#options);
    const app = isInstance(instance) ? instance : await instance();
    if (!isInstance(app)) throw refusal('the function did not return one');
    return app;
  }

  /** Outermost, and not at the end: what a router still says about a method on the way out must stand. */
  #answerRest(table: RouteTable): Koa.Middleware {
    return async (koa, next) => {
      try {
        await next();
      } catch (error) {
        answerError(koa, table, error);
      }
      const isLeft = koa.status === 404 && koa.body === undefined && koa.respond !== false && !koa.headerSent;
      // What answers natively in there says its status or means 200, and not Koa's own 404.
      if (isLeft) koa.res.statusCode = 200;
      if (isLeft) await table.unmatched(new KoaContext(koa, table.services, undefined, noParams));
      if (koa.status === 205) endEmpty(koa);
    };
  }
}

/** As all errors are. An `onerror` of the application's own wins, and who listens to its errors hears of it as ever. */
function answerError(koa: Koa.Context, { services }: RouteTable, error: unknown): void {
  const { app } = koa;
  if (Object.hasOwn(app.context, 'onerror')) throw error;
  if (app.listeners('error').some((listener) => listener !== app.onerror)) app.emit('error', error, koa);
  fail(new KoaContext(koa, services, undefined, noParams), answerOfNative(error, false));
}

/** Koa takes the length from a 205, without which Node could only close the connection behind it. */
function endEmpty(koa: Koa.Context): void {
  if (koa.respond === false || koa.headerSent) return;
  koa.respond = false;
  koa.body = null;
  koa.set('content-length', '0');
  koa.res.end();
}

async function create({ instance: _instance, mount: _mount, ...options }: KoaProviderOptions): Promise<Koa> {
  const { default: Koa } = await importOptional(() => import('koa'), 'The koa provider');
  return new Koa(options) as Koa;
}

/** Without it Koa prints the stack of each connection that breaks while it is written to, as often as a client likes. */
function errorLogger(log: Logger): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    // What ended a body has been told to whoever reads it.
    if (error.syscall === undefined && !isHttpError(error)) log.error('Koa reported an error', { error });
    else log.debug('A connection broke while it was answered', { error });
  };
}

function isInstance(value: unknown): value is Koa {
  return typeof value === 'object' && value !== null && 'callback' in value && 'middleware' in value;
}

const koaOptions: Readonly<Record<keyof KoaOptions | 'compose', true>> = {
  asyncLocalStorage: true,
  compose: true,
  env: true,
  keys: true,
  maxIpsCount: true,
  proxy: true,
  proxyIpHeader: true,
  subdomainOffset: true,
};

function rulesBeside(instance: unknown): OptionRules {
  const own = customOption('left out beside an instance, which has its own', () => instance === undefined);
  return {
    instance: customOption(
      'an application of Koa, or a function that makes one',
      (value) => isInstance(value) || typeof value === 'function',
    ),
    mount: oneOfOption('first', 'last'),
    ...Object.fromEntries(Object.keys(koaOptions).map((name) => [name, own])),
  };
}

function refusal(reason: string): BowlineError {
  return new BowlineError('BOW_NATIVE_INSTANCE', { provider: 'koa', reason });
}

/** A handler that has neither answered nor given Koa a body answers on Node's response, now or later; Koa must not. */
async function settle(koa: Koa.Context, context: KoaContext, handled: void | Promise<void>): Promise<void> {
  await handled;
  if (koa.res.headersSent) koa.respond = false;
  else if (koa.body === undefined && !context.answered && koa.status === 200) koa.respond = false;
}
