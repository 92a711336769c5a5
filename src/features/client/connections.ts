import { createRequire } from 'node:module';
import type { Dispatcher, Pool } from 'undici';
import { BowlineError } from '../../foundation/index.js';
import type { ResolvedHttpClientOptions } from './client-options.js';

type Undici = typeof import('undici');

/**
 * The pools of connections of one client: one for each origin, made when it is needed first. undici is loaded with the first client.
 * None of them tries anything again by itself.
 */
export class Connections {
  readonly #undici: Undici;
  readonly #options: ResolvedHttpClientOptions;
  readonly #home: Pool;
  readonly #others = new Map<string, Pool>();

  /** Throws BOW_PACKAGE_MISSING where undici is not installed. */
  constructor(options: ResolvedHttpClientOptions) {
    this.#undici = loadUndici();
    this.#options = options;
    this.#home = this.#poolOf(options.origin);
  }

  to(origin: string): Dispatcher {
    if (origin === this.#options.origin) return this.#home;
    let pool = this.#others.get(origin);
    if (pool === undefined) {
      pool = this.#poolOf(origin);
      this.#others.set(origin, pool);
    }
    return pool;
  }

  /** Closes all sockets; what still runs fails with `reason`. */
  async destroy(reason: Error): Promise<void> {
    await Promise.all([this.#home, ...this.#others.values()].map((pool) => pool.destroy(reason)));
  }

  #poolOf(origin: string): Pool {
    const { connections, pipelining, keepAliveTimeout, connectTimeout, headersTimeout, bodyTimeout } = this.#options;
    // A certificate of the client's proves who it is, and only its service is to have that proof.
    const { tls, socketPath } = origin === this.#options.origin ? this.#options : noConnection;
    return new this.#undici.Pool(origin, {
      connections: connections ?? null,
      pipelining,
      keepAliveTimeout,
      headersTimeout,
      bodyTimeout,
      // A request that is lost with its connection must be lost alone.
      allowH2: false,
      connect: { timeout: connectTimeout, ...tls, ...(socketPath === undefined ? {} : { socketPath }) },
    });
  }
}

const noConnection: Partial<Pick<ResolvedHttpClientOptions, 'tls' | 'socketPath'>> = {};

/** At once and not by `import`, so that a client can be made by `new`, wherever it is needed. */
function loadUndici(): Undici {
  try {
    return createRequire(import.meta.url)('undici') as Undici;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw cause;
    throw new BowlineError('BOW_PACKAGE_MISSING', { package: 'undici', neededBy: 'HttpClient' }, { cause });
  }
}
