import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import {
  BowlineError,
  customOption,
  importOptional,
  isPlainOptions,
  oneOfOption,
  requireOptions,
} from '../../foundation/index.js';
import {
  answerOfNative,
  BadRequestError,
  fail,
  HttpProvider,
  sentTarget,
  showPlainTarget,
  type MountedProvider,
  type RouteTable,
} from '../../http/index.js';
import { ExpressContext } from './express-context.js';
import { hasMiddleware, middlewareBehind, placeMiddleware } from './middleware-order.js';

type Maker = () => Express | Promise<Express>;

export interface ExpressProviderOptions {
  /** An application, or a function that makes one. */
  readonly instance?: Express | Maker;
  /**
   * Whether our routes come before the native ones, or after them. Native middleware that stands before the first
   * native route runs for both. @default 'first'
   */
  readonly mount?: 'first' | 'last';
}

const noParams: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Serves routes by one middleware of an Express 5 application: native middleware works in front of them, native routes
 * beside them. What neither answers, and native errors that nobody handled, are answered by Bowline.
 */
export class ExpressProvider extends HttpProvider {
  readonly name = 'express';
  readonly capabilities = { fastEmptyRequests: false, upgrade: false };
  readonly #options: ExpressProviderOptions;
  #table: RouteTable | undefined;
  #made: Promise<Express> | undefined;

  constructor(given: ExpressProviderOptions | Express | Maker = {}, options: ExpressProviderOptions = {}) {
    super();
    const own = (isPlainOptions(given) ? given : { instance: given }) as ExpressProviderOptions;
    this.#options = { ...options, ...own };
  }

  /** Our routes as a middleware, to be placed by hand: `legacy.use(provider.middleware)`. It is not placed again then. */
  readonly middleware: RequestHandler = (request: Request, response: Response, next: NextFunction): void => {
    const table = this.#table;
    const match = table?.find(request.method, sentTarget(request) ?? request.originalUrl);
    if (table === undefined || match === undefined || match === null) {
      next();
      return;
    }
    const { store, params, searchParams } = match;
    // A route handler never rejects.
    void match.handler(new ExpressContext(request, response, table.services, store, params, searchParams));
  };

  async mount(table: RouteTable): Promise<MountedProvider> {
    if (this.#table !== undefined) throw refusal('its provider serves a server already; make a provider for each');
    const app = await (this.#made ??= this.#make());
    this.#table = table;
    if (!hasMiddleware(app.router, this.middleware)) {
      app.use(this.middleware);
      placeMiddleware(app.router, this.middleware, this.#options.mount ?? 'first');
      if (this.#options.mount === undefined) this.#tellBehind(table, app);
    }
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      showPlainTarget(request);
      app(request as Request, response as Response, (error?: unknown) => {
        this.#answerRest(table, request as Request, response as Response, error);
      });
    };
    return { listener, native: app, close: () => Promise.resolve() };
  }

  /** Throws BOW_PACKAGE_MISSING where Express is not installed and none was handed in, and what the maker throws. */
  override async prepare(): Promise<void> {
    requireOptions('ExpressProvider', this.#options, rules);
    await (this.#made ??= this.#make());
  }

  async #make(): Promise<Express> {
    const { instance } = this.#options;
    if (instance === undefined) return create();
    const app = isInstance(instance) ? instance : await instance();
    if (!isInstance(app)) throw refusal('the function did not return one');
    if (!hasRouter(app))
      throw refusal('it is of Express 4, and 5 is needed. Mount app.handler() of Bowline in it, or upgrade it');
    return app;
  }

  /** A guard among them would be missed when it is too late. */
  #tellBehind({ entries, services }: RouteTable, app: Express): void {
    const paths = entries.map(({ pattern }) => pattern);
    const middleware = middlewareBehind(app.router, this.middleware, paths);
    if (middleware.length === 0) return;
    services.log.warn(
      "Native middleware stands behind the first native route and does not run for Bowline's routes. Place them behind it by app.use(provider.middleware), or write mount: 'first' if this is meant",
      { provider: 'express', middleware },
    );
  }

  #answerRest(table: RouteTable, request: Request, response: Response, error: unknown): void {
    if (response.headersSent && error === undefined) return;
    const context = new ExpressContext(request, response, table.services, undefined, noParams);
    if (error === undefined || error === null) {
      void table.unmatched(context);
      return;
    }
    // An answer that had begun is broken off. One that is given now may end later: express-session ends it when it has saved.
    fail(context, toAnswer(error));
  }
}

async function create(): Promise<Express> {
  const { default: express } = await importOptional(() => import('express'), 'The express provider');
  return express().disable('x-powered-by');
}

function isInstance(value: unknown): value is Express {
  return typeof value === 'function' && 'handle' in value && 'set' in value;
}

/** Express 4 throws where somebody asks for `router`. */
function hasRouter(app: Express): boolean {
  try {
    return app.router !== undefined;
  } catch {
    return false;
  }
}

const rules = {
  instance: customOption(
    'an application of Express, or a function that makes one',
    (value) => typeof value === 'function',
  ),
  mount: oneOfOption('first', 'last'),
};

function refusal(reason: string): BowlineError {
  return new BowlineError('BOW_NATIVE_INSTANCE', { provider: 'express', reason });
}

/** The router's own errors say what cannot be decoded. */
function toAnswer(error: unknown): unknown {
  if (error instanceof URIError)
    return new BadRequestError('The path is not validly percent-encoded.', { cause: error });
  return answerOfNative(error, false);
}
