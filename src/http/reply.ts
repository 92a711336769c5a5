import { BowlineError } from '../foundation/index.js';
import { NotFoundError } from './http-errors-by-status.js';
import type { RouteDescription } from './route-description.js';

export const jsonType = 'application/json; charset=utf-8';
const textType = 'text/plain; charset=utf-8';
const bytesType = 'application/octet-stream';

/** What a reply needs of a context. */
export interface Answerable {
  readonly method: string;
  readonly path: string;
  readonly route: RouteDescription | undefined;
  readonly statusCode: number | undefined;
  readonly answered: boolean;
  answer(status: number, contentType: string | undefined, body: string | Uint8Array | undefined): void;
}

/**
 * Answers with what a handler returned. `undefined` and `null` are 404 from GET and HEAD and 204 elsewhere, unless a
 * status was chosen or the handler has answered by itself. Throws where the value cannot be sent; the caller turns that
 * into an answer.
 */
export function reply(ctx: Answerable, value: unknown): void {
  if (value === undefined || value === null) sendNothing(ctx);
  else sendValue(ctx, value, 200);
}

/** The same where the route has a status of its own. */
export function replyWithStatus(ctx: Answerable, value: unknown, status: number): void {
  if (value !== undefined && value !== null) sendValue(ctx, value, status);
  else if (!ctx.answered) ctx.answer(ctx.statusCode ?? status, undefined, undefined);
}

function sendNothing(ctx: Answerable): void {
  // By `send`, `redirect` or natively: there is nothing to add.
  if (ctx.answered) return;
  if (ctx.statusCode !== undefined) ctx.answer(ctx.statusCode, undefined, undefined);
  else if (ctx.method === 'GET' || ctx.method === 'HEAD') throw new NotFoundError();
  else ctx.answer(204, undefined, undefined);
}

export function sendValue(ctx: Answerable, value: unknown, status: number): void {
  const chosen = ctx.statusCode ?? status;
  switch (typeof value) {
    case 'string':
      ctx.answer(chosen, textType, value);
      return;
    case 'undefined':
      ctx.answer(chosen, undefined, undefined);
      return;
    case 'object':
      if (value === null) ctx.answer(chosen, undefined, undefined);
      else if (value instanceof Uint8Array) ctx.answer(chosen, bytesType, value);
      else if (value instanceof ArrayBuffer) ctx.answer(chosen, bytesType, new Uint8Array(value));
      else if (ArrayBuffer.isView(value))
        ctx.answer(chosen, bytesType, new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      else ctx.answer(chosen, jsonType, toJson(ctx, value));
      return;
    case 'number':
    case 'boolean':
      ctx.answer(chosen, jsonType, JSON.stringify(value));
      return;
    case 'bigint':
    case 'symbol':
    case 'function':
      throw new BowlineError('BOW_REPLY_INVALID', {
        route: routeOf(ctx),
        reason: `a ${typeof value} has no JSON form`,
      });
  }
}

function toJson(ctx: Answerable, value: object): string {
  const reason = reasonAgainst(value);
  if (reason !== undefined) throw new BowlineError('BOW_REPLY_INVALID', { route: routeOf(ctx), reason });
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) {
    throw new BowlineError('BOW_REPLY_INVALID', { route: routeOf(ctx), reason: 'its toJSON() gave nothing' });
  }
  return text;
}

/** Why an object is not sent that would become `{}` without a word. Plain objects and arrays, nearly all there are, pass at once. */
function reasonAgainst(value: object): string | undefined {
  const prototype = Object.getPrototypeOf(value) as unknown;
  if (prototype === Object.prototype || Array.isArray(value)) return undefined;
  if (value instanceof Map || value instanceof Set) return 'a Map or Set has no JSON form; return an object or a list';
  if (value instanceof Error) return 'an Error was returned; throw it';
  const isStreamed =
    Symbol.asyncIterator in value ||
    typeof (value as { pipe?: unknown }).pipe === 'function' ||
    typeof (value as { getReader?: unknown }).getReader === 'function' ||
    typeof (value as { arrayBuffer?: unknown }).arrayBuffer === 'function';
  return isStreamed
    ? 'streams, Blobs and Responses are not sent yet; return a string, bytes or a plain object'
    : undefined;
}

function routeOf(ctx: Answerable): string {
  const { route } = ctx;
  return route === undefined ? `${ctx.method} ${ctx.path}` : `${route.controller}.${route.handler}`;
}
