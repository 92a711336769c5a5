import type Koa from 'koa';
import { importOptional, isThenable } from '../../foundation/index.js';
import { answerOfNative, type HttpContext, type MiddlewareFunction, type Next } from '../../http/index.js';

/**
 * Makes a middleware of one that was written for Koa, on every provider. It gets a context of Koa over Node's own request and response: headers and
 * a status that it sets go with the answer, and a body that it sets without `next()`, or behind it, is the answer. The body of a
 * route is not in its `ctx.body`, which stays empty: what works on bodies (koa-compress, koa-etag) belongs on the application of a
 * `KoaProvider`.
 *
 * ```ts
 * app.use(fromKoa(helmet()));
 * ```
 */
export function fromKoa(middleware: Koa.Middleware): MiddlewareFunction {
  let made: Promise<Koa> | undefined;
  const adapted: MiddlewareFunction = async (ctx, next) => {
    const app = await (made ??= makeApplication());
    const { request, response } = ctx.node;
    const before = response.statusCode;
    const koa = app.createContext(request, response);
    let went = false;
    const goOn = async (): Promise<void> => {
      went = true;
      // What Koa has for a request that nobody has answered is no answer of the route.
      if (!isChosen(koa)) response.statusCode = before;
      await settled(next);
    };
    try {
      await middleware(koa, goOn);
    } catch (error) {
      throw answerOfNative(error, false);
    }
    answerFor(ctx, koa, went, before);
  };
  return Object.defineProperty(adapted, 'name', { value: middleware.name === '' ? 'fromKoa' : middleware.name });
}

async function makeApplication(): Promise<Koa> {
  const { default: Koa } = await importOptional(() => import('koa'), 'fromKoa');
  return new Koa() as Koa;
}

async function settled(next: Next): Promise<void> {
  const pending = next();
  if (isThenable(pending)) await pending;
}

/** Whether the middleware has set the status itself. */
function isChosen(koa: Koa.Context): boolean {
  return (koa.response as { readonly _explicitStatus?: boolean })._explicitStatus === true;
}

function answerFor(ctx: HttpContext, koa: Koa.Context, went: boolean, before: number): void {
  if (ctx.answered || koa.respond === false) return;
  const { status } = koa;
  const body: unknown = koa.body;
  const chosen = isChosen(koa);
  koa.res.statusCode = before;
  if (body !== undefined && body !== null) {
    // Its type has been set on Node's response, which our own would go beside.
    const type = koa.response.get('content-type');
    koa.remove('content-type');
    koa.remove('content-length');
    if (type !== '') ctx.type(type);
    ctx.status(status).send(body);
  } else if (chosen && went) {
    ctx.status(status);
  } else if (chosen) {
    ctx.answer(status, undefined, undefined);
  }
}
