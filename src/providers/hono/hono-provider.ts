import type { Hono } from 'hono';
import { BowlineError, importOptional } from '../../foundation/index.js';
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
  #mounted = false;

  constructor(given: HonoProviderOptions | AnyHono | Maker = {}, options: HonoProviderOptions = {}) {
    super();
    this.#options = isInstance(given) || typeof given === 'function' ? { ...options, instance: given } : given;
  }

  /** Throws BOW_PACKAGE_MISSING where Hono or its Node adapter is not installed. */
  override async prepare(): Promise<void> {
    await this.#load();
  }

  async mount(table: RouteTable): Promise<MountedProvider> {
    if (this.#mounted) throw refusal('its provider serves a server already; make a provider for each');
    this.#mounted = true;
    const { instance, mount, overrideGlobalObjects = true } = this.#options;
    const app = typeof instance === 'function' ? await instance() : instance;
    if (app !== undefined && !isInstance(app)) throw refusal('the function did not return one');
    const { mountHono } = await this.#load();
    return mountHono(app, table, { mount, overrideGlobalObjects });
  }

  #load(): Promise<Mounting> {
    return (this.#mounting ??= importOptional(() => import('./mount-hono.js'), 'The hono provider'));
  }
}

function isInstance(value: unknown): value is AnyHono {
  return typeof value === 'object' && value !== null && 'fetch' in value && 'routes' in value;
}

function refusal(reason: string): BowlineError {
  return new BowlineError('BOW_NATIVE_INSTANCE', { provider: 'hono', reason });
}
