import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import {
  BowlineError,
  customOption,
  importOptional,
  isPlainOptions,
  reasonOf,
  requireOptions,
} from '../../foundation/index.js';
import {
  HttpProvider,
  NodeContext,
  type MountedProvider,
  type ProviderRules,
  type RouteTable,
} from '../../http/index.js';
import { fastifyRules, type FastifyOptions } from './fastify-options.js';
import { addRoutes } from './fastify-routes.js';

// oxlint-disable-next-line typescript/no-explicit-any -- a user's instance has whatever logger and types it was made with
type AnyFastify = FastifyInstance<any, any, any, any, any>;

type Maker = () => AnyFastify | Promise<AnyFastify>;

/** Boxed: an instance is a thenable, and awaiting it would begin to load its plugins. */
interface Made {
  readonly app: AnyFastify;
}

/**
 * Fastify's own options for an instance that Bowline makes, or an instance. What concerns the server is said in the
 * options of the server, as `limits.body` in place of `bodyLimit`.
 */
export interface FastifyProviderOptions extends FastifyOptions {
  /** An instance that is not ready yet, or a function that makes one; no other option stands beside it. */
  readonly instance?: AnyFastify | Maker;
}

const noParams: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Serves routes as native Fastify routes in a scope of their own: hooks, decorators and plugins of the instance work
 * around them, and native routes beside them. `close` closes the instance, its `onClose` hooks included.
 */
export class FastifyProvider extends HttpProvider {
  readonly name = 'fastify';
  readonly capabilities = { fastEmptyRequests: true, upgrade: true };
  readonly #options: FastifyOptions;
  readonly #given: AnyFastify | Maker | undefined;
  #made: Promise<Made> | undefined;
  #mounted = false;

  constructor(given: FastifyProviderOptions | AnyFastify | Maker = {}) {
    super();
    const areOptions = isPlainOptions(given) && !isInstance(given);
    const { instance, ...options } = (areOptions ? given : { instance: given }) as FastifyProviderOptions;
    this.#given = instance;
    this.#options = options;
  }

  /** Throws BOW_NATIVE_INSTANCE where the instance is ready already or compares paths in another way. */
  override async prepare(rules: ProviderRules): Promise<void> {
    const isGiven = this.#given !== undefined;
    const instance = isGiven ? { instance: this.#given } : {};
    requireOptions('FastifyProvider', { ...this.#options, ...instance }, fastifyRules(instanceRule, isGiven));
    this.#made ??= this.#make(rules);
    await this.#made;
  }

  async mount(table: RouteTable): Promise<MountedProvider> {
    if (this.#mounted && typeof this.#given !== 'function' && this.#given !== undefined)
      throw refusal('it serves a server already; give a function that makes one for each');
    const { app } = await (this.#mounted ? this.#make(table) : (this.#made ??= this.#make(table)));
    this.#mounted = true;
    try {
      // Asynchronous, or an error would reach nobody: Fastify calls it from a loop of its own.
      app.register(async (scope: FastifyInstance) => addRoutes(scope, table, this.#isOwn()));
      await app.ready();
    } catch (cause) {
      throw refusal(reasonOf(cause), cause);
    }
    return {
      listener: listenerOf(app, table),
      native: app,
      close: async () => {
        await app.close();
      },
      ...(app.server.listenerCount('upgrade') === 0
        ? {}
        : { upgrade: (...args) => void app.server.emit('upgrade', ...args) }),
    };
  }

  /** Whether nothing of anybody else stands between Node and the routes. */
  #isOwn(): boolean {
    const { querystringParser, routerOptions } = this.#options;
    return (this.#given ?? querystringParser ?? routerOptions?.querystringParser) === undefined;
  }

  async #make({ ignoreTrailingSlash, maxParamLength }: ProviderRules): Promise<Made> {
    const rules = {
      ignoreTrailingSlash,
      maxParamLength,
      caseSensitive: true,
      ignoreDuplicateSlashes: false,
      useSemicolonDelimiter: false,
    };
    if (this.#given === undefined) {
      refuseConflicts(this.#options, rules);
      const routerOptions = { ...this.#options.routerOptions, ...rules };
      // Fastify sets a timer for each route, and waits for nobody but our scope.
      return { app: await create({ pluginTimeout: 0, ...this.#options, routerOptions }) };
    }
    const app = typeof this.#given === 'function' ? await this.#given() : this.#given;
    if (!isInstance(app)) throw refusal('the function did not return one');
    refuseOtherRules(app, rules);
    refuseReady(app);
    return { app };
  }
}

async function create(options: FastifyOptions): Promise<AnyFastify> {
  const { fastify } = await importOptional(() => import('fastify'), 'The fastify provider');
  return fastify(options);
}

function isInstance(value: unknown): value is AnyFastify {
  return typeof value === 'object' && value !== null && 'routing' in value && 'register' in value;
}

function refusal(reason: string, cause?: unknown): BowlineError {
  return new BowlineError('BOW_NATIVE_INSTANCE', { provider: 'fastify', reason }, { cause });
}

const instanceRule = customOption(
  'an instance of Fastify, or a function that makes one',
  (value) => isInstance(value) || typeof value === 'function',
);

/** They would be replaced by those of the server, and nobody would know. */
function refuseConflicts(options: FastifyOptions, rules: Readonly<Record<string, boolean | number>>): void {
  const given = { ...options, ...options.routerOptions } as Readonly<Record<string, unknown>>;
  const wrong = Object.keys(rules).filter((name) => given[name] !== undefined && given[name] !== rules[name]);
  if (wrong.length === 0) return;
  const said = wrong.map((name) => `${name}: ${String(given[name])}`).join(', ');
  const wanted = wrong.map((name) => `${name}: ${rules[name]}`).join(', ');
  throw refusal(
    `its options compare paths in another way than this server (${said}). Leave them out, or write ${wanted}`,
  );
}

/** Two routers that compare paths differently would make one path mean two things. */
function refuseOtherRules(app: AnyFastify, rules: Readonly<Record<string, boolean | number>>): void {
  const config = app.initialConfig as Readonly<Record<string, unknown>>;
  const own = (config['routerOptions'] ?? {}) as Readonly<Record<string, unknown>>;
  const wrong = Object.entries(rules).filter(
    ([name, wanted]) => (own[name] ?? config[name] ?? name === 'caseSensitive') !== wanted,
  );
  if (wrong.length === 0) return;
  const toWrite = wrong.map(([name, wanted]) => `${name}: ${wanted}`).join(', ');
  throw refusal(`it compares paths in another way than this server. Write fastify({ routerOptions: { ${toWrite} } })`);
}

function refuseReady(app: AnyFastify): void {
  try {
    app.after(() => {});
    app.addHook('onRoute', () => {});
  } catch (cause) {
    throw refusal(
      'it is ready already, and takes no more routes. Hand it over before ready() and listen(), or give a function that makes it',
      cause,
    );
  }
}

/**
 * Fastify answers a target that it cannot decode, or whose parameter is too long, in a shape of its own, before any hook
 * runs. Such targets are found here, and answered by the table; all others go to Fastify unseen.
 */
function listenerOf({ routing }: AnyFastify, table: RouteTable): MountedProvider['listener'] {
  const { services, maxParamLength } = table;
  const known = new Set(table.entries.map(({ handler }) => handler));
  const answerOdd = (request: IncomingMessage, response: ServerResponse, url: string): boolean => {
    const match = table.find(request.method ?? 'GET', url);
    const ours = match === null ? !isTarget(url) : !known.has(match.handler);
    if (ours)
      void (match?.handler ?? table.unmatched)(new NodeContext(request, response, services, undefined, noParams));
    return ours;
  };
  return (request, response) => {
    const { url = '/' } = request;
    const isOdd = url.charCodeAt(0) !== 47 || url.length > maxParamLength || url.includes('%');
    if (!isOdd || !answerOdd(request, response, url)) routing(request, response);
  };
}

/** Whether Fastify's router takes it: a path or an absolute URL, validly encoded. */
function isTarget(url: string): boolean {
  const end = url.indexOf('?');
  try {
    decodeURI(end === -1 ? url : url.slice(0, end));
  } catch {
    return false;
  }
  return url.startsWith('/') || /^https?:\/\//i.test(url);
}
