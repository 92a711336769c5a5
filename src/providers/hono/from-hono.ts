import type { Context, MiddlewareHandler } from 'hono';
import { importOptional } from '../../foundation/index.js';
import { answerOfNative, type HttpContext, type MiddlewareFunction, type Next } from '../../http/index.js';

/**
 * Makes a middleware of one that was written for Hono, on every provider. It gets a context of Hono with a request that has no body; headers that
 * it sets go with the answer, and a Response that it gives without `next()` is the answer. The answer of the route is not in its
 * `c.res`, which is an empty one: what works on bodies (compress, etag) belongs on the application of a `HonoProvider`.
 *
 * ```ts
 * app.use(fromHono(secureHeaders()));
 * ```
 */
export function fromHono(middleware: MiddlewareHandler): MiddlewareFunction {
  const adapted: MiddlewareFunction = async (ctx, next) => {
    const { Hono } = await importOptional(() => import('hono'), 'fromHono');
    const passage = new Passage(ctx, next);
    const app = new Hono();
    app.onError((error) => {
      // What refuses by an error of Hono's own has its answer in it.
      if ('getResponse' in error) return error.getResponse();
      throw answerOfNative(error, false);
    });
    app.use('*', middleware);
    app.all('*', (c) => passage.goOn(c));
    await passage.answer(await app.fetch(requestOf(ctx), {}));
  };
  return Object.defineProperty(adapted, 'name', { value: middleware.name === '' ? 'fromHono' : middleware.name });
}

function requestOf(ctx: HttpContext): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(ctx.headers)) {
    for (const each of [value ?? []].flat()) headers.append(name, each);
  }
  const host = ctx.host === '' ? 'localhost' : ctx.host;
  const url = ctx.url.startsWith('/') ? `${ctx.protocol}://${host}${ctx.url}` : ctx.url;
  return new Request(url, { method: ctx.method, headers, signal: ctx.signal });
}

class Passage {
  readonly #ctx: HttpContext;
  readonly #next: Next;
  #went = false;

  constructor(ctx: HttpContext, next: Next) {
    this.#ctx = ctx;
    this.#next = next;
  }

  async goOn(context: Context): Promise<Response> {
    this.#went = true;
    await this.#next();
    // Hono's own answer, for it has the headers that were set by `c.header` before.
    return context.body(null);
  }

  /** What the middleware has made of the empty answer, or its own. */
  async answer(response: Response): Promise<void> {
    const ctx = this.#ctx;
    if (ctx.answered) return;
    if (!this.#went) {
      ctx.send(response);
      return;
    }
    for (const [name, value] of response.headers) {
      if (name === 'set-cookie') ctx.append(name, value);
      else ctx.set(name, value);
    }
    if (response.body !== null) ctx.status(response.status).send(Buffer.from(await response.arrayBuffer()));
  }
}
