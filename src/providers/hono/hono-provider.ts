import type { Hono } from 'hono';
import {
  booleanOption,
  BowlineError,
  customOption,
  importOptional,
  isPlainOptions,
  oneOfOption,
  requireOptions,
} from '../../foundation/index.js';
import { HttpProvider, type MountedProvider, type RouteTable } from '../../http/index.js';

// oxlint-disable-next-line typescript/no-explicit-any -- a user's instance has whatever types it was made with
type AnyHono = Hono<any, any, any>;

type Maker = () => AnyHono | Promise<AnyHono>;

export interface HonoProviderOptions {
  /** An application, or a function that makes one. */
  readonly instance?: AnyHono | Maker;
  /** Whether our routes come before the first native route, or after all of them. @default 'first' */
  readonly mount?: 'first' | 'last';
  /**
   * Whether @hono/node-server puts its own Request and Response in place of the process's, as it does by itself. Keeping
   * the native ones costs several times the whole of a request. @default true
   */
  readonly overrideGlobalObjects?: boolean;
}

type Mounting = typeof import('./mount-hono.js');

/** Serves routes by one handler of a Hono 4 application on its Node adapter, and answers what the whole of it has left. */
export class HonoProvider extends HttpProvider {
  readonly name = 'hono';
  readonly capabilities = { fastEmptyRequests: true, upgrade: false };
  readonly #options: HonoProviderOptions;
  #mounting: Promise<Mounting> | undefined;
  #made: Promise<AnyHono | undefined> | undefined;
  #mounted = false;

  constructor(given: HonoProviderOptions | AnyHono | Maker = {}, options: HonoProviderOptions = {}) {
    super();
    const own = (isPlainOptions(given) ? given : { instance: given }) as HonoProviderOptions;
    this.#options = { ...options, ...own };
  }

  /** Throws BOW_PACKAGE_MISSING where Hono or its Node adapter is not installed, and what the maker throws. */
  override async prepare(): Promise<void> {
    requireOptions('HonoProvider', this.#options, rules);
    await this.#load();
    await (this.#made ??= this.#make());
  }

  async mount(table: RouteTable): Promise<MountedProvider> {
    if (this.#mounted) throw refusal('its provider serves a server already; make a provider for each');
    this.#mounted = true;
    const { mount, overrideGlobalObjects = true } = this.#options;
    const app = await (this.#made ??= this.#make());
    const { mountHono } = await this.#load();
    return mountHono(app, table, { mount, overrideGlobalObjects });
  }

  /** Undefined where Bowline is to make one. */
  async #make(): Promise<AnyHono | undefined> {
    const { instance } = this.#options;
    if (instance === undefined) return undefined;
    const app = typeof instance === 'function' ? await instance() : instance;
    if (!isInstance(app)) throw refusal('the function did not return one');
    return app;
  }

  #load(): Promise<Mounting> {
    return (this.#mounting ??= importOptional(() => import('./mount-hono.js'), 'The hono provider'));
  }
}

function isInstance(value: unknown): value is AnyHono {
  return typeof value === 'object' && value !== null && 'fetch' in value && 'routes' in value;
}

const rules = {
  instance: customOption(
    'an application of Hono, or a function that makes one',
    (value) => isInstance(value) || typeof value === 'function',
  ),
  mount: oneOfOption('first', 'last'),
  overrideGlobalObjects: booleanOption,
};

function refusal(reason: string): BowlineError {
  return new BowlineError('BOW_NATIVE_INSTANCE', { provider: 'hono', reason });
}
