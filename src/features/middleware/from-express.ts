import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerOfNative, logFailure, type HttpContext, type MiddlewareFunction, type Next } from '../../http/index.js';

/** A middleware in the shape of connect, as Express and many packages have it. */
// oxlint-disable-next-line typescript/no-explicit-any -- such packages are typed for Express, whose request and response have more
export type ConnectMiddleware = (request: any, response: any, next: (error?: any) => void) => unknown;

/**
 * Makes a middleware of one that was written for Express or connect, on every provider. It gets Node's own request and response: what
 * it sets on the response goes with the answer, and what it answers is the answer. What only Express adds (`response.json`,
 * `request.query`) is not there, and a body that it reads is gone for the route. An error that it hands to `next` is answered as one that was thrown.
 *
 * ```ts
 * app.use(fromExpress(helmet()), fromExpress(compression()));
 * ```
 */
export function fromExpress(middleware: ConnectMiddleware): MiddlewareFunction {
  const adapted: MiddlewareFunction = (ctx, next) => new Passage(ctx, next).through(middleware);
  return Object.defineProperty(adapted, 'name', { value: middleware.name === '' ? 'fromExpress' : middleware.name });
}

/** One way of one request through one such middleware: it goes on, fails, answers, or its client leaves. */
class Passage {
  readonly #ctx: HttpContext;
  readonly #next: Next;
  #outcome: (() => void | Promise<void>) | undefined = undefined;
  #settle: ((outcome: () => void | Promise<void>) => void) | undefined = undefined;

  constructor(ctx: HttpContext, next: Next) {
    this.#ctx = ctx;
    this.#next = next;
  }

  through(middleware: ConnectMiddleware): void | Promise<void> {
    const { request, response }: { request: IncomingMessage; response: ServerResponse } = this.#ctx.node;
    const returned = middleware(request, response, (error: unknown) => this.#end(goOn(this.#next, error)));
    // One that is asynchronous tells by its promise that it has failed.
    if (returned instanceof Promise) returned.catch((error: unknown) => this.#failLate(error));
    if (this.#outcome !== undefined) return this.#outcome();
    return new Promise<void>((resolve, reject) => {
      this.#settle = (outcome) => {
        try {
          resolve(outcome());
        } catch (error) {
          reject(error as Error);
        }
      };
      this.#ctx.onClose(() => this.#end(() => whenOver(this.#ctx)));
    });
  }

  /** Unlike `next()`, a rejection never lets the request pass, whatever it was rejected with. */
  #failLate(error: unknown): void {
    if (this.#outcome === undefined) this.#end(failWith(error));
    else logFailure(this.#ctx, 'A middleware failed after its request had gone on', error);
  }

  /** The first outcome counts: some call `next` when they have answered. */
  #end(outcome: () => void | Promise<void>): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#settle?.(outcome);
  }
}

function goOn(next: Next, error: unknown): () => void | Promise<void> {
  return error === undefined || error === null ? next : failWith(error);
}

function failWith(error: unknown): () => never {
  return () => {
    throw answerOfNative(error, false);
  };
}

function whenOver(ctx: HttpContext): void {
  if (!ctx.abandoned) return;
  throw new DOMException('The client left before the answer was finished.', 'AbortError');
}
