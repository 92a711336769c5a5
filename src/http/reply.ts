import type { Readable } from 'node:stream';
import { BowlineError, type LogFields, type Logger } from '../foundation/index.js';
import { NotFoundError } from './http-errors-by-status.js';
import { toReadable } from './reply-stream.js';
import type { RouteDescription } from './route-description.js';
import { hiddenReason, mayHideValues, reasonWithoutJson } from './without-json.js';
import { headersOfResponse, isWebResponse, type WebResponse } from './web-response.js';

export const jsonType = 'application/json; charset=utf-8';
const textType = 'text/plain; charset=utf-8';
const bytesType = 'application/octet-stream';

/** What is sent in place of a value where JSON is made of it: the value itself, unless rules of classes in it say otherwise. */
export type PlainOf = (value: unknown) => unknown;

/** What a reply needs of a context. */
export interface Answerable {
  readonly services: { readonly log: Logger; readonly plainOf: PlainOf | undefined };
  readonly method: string;
  readonly path: string;
  readonly route: RouteDescription | undefined;
  readonly statusCode: number | undefined;
  readonly answered: boolean;
  /** The request, for a log. */
  describe(): LogFields;
  answer(status: number, contentType: string | undefined, body: string | Uint8Array | undefined): void;
  /** Never rejects; resolves when the first piece is on its way or an error has been answered. */
  answerStream(status: number, contentType: string | undefined, source: Readable): Promise<void>;
  /** What {@link answerStream} gave, for who has not seen it. */
  readonly sending: Promise<void> | undefined;
  set(name: string, value: string): unknown;
  append(name: string, value: string): unknown;
}

/** A promise where the answer begins later: a provider waits for it before it lets go of the exchange. */
export type Replied = void | Promise<void>;

/**
 * Answers with what a handler returned. `undefined` and `null` are 404 from GET and HEAD and 204 elsewhere, unless a
 * status was chosen or the handler has answered by itself. Throws where the value cannot be sent; the caller turns that
 * into an answer.
 */
export function reply(ctx: Answerable, value: unknown, toText?: ToText): Replied {
  return value === undefined || value === null ? sendNothing(ctx) : sendValue(ctx, value, 200, toText);
}

/** The same where the route has a status of its own. */
export function replyWithStatus(ctx: Answerable, value: unknown, status: number, toText?: ToText): Replied {
  if (value !== undefined && value !== null) return sendValue(ctx, value, status, toText);
  return ctx.answered ? ctx.sending : ctx.answer(ctx.statusCode ?? status, undefined, undefined);
}

function sendNothing(ctx: Answerable): Replied {
  // By `send`, `redirect` or natively: there is nothing to add.
  if (ctx.answered) return ctx.sending;
  if (ctx.statusCode !== undefined) ctx.answer(ctx.statusCode, undefined, undefined);
  else if (ctx.method === 'GET' || ctx.method === 'HEAD') throw new NotFoundError();
  else ctx.answer(204, undefined, undefined);
  return undefined;
}

export function sendValue(ctx: Answerable, value: unknown, status: number, toText?: ToText): Replied {
  const chosen = ctx.statusCode ?? status;
  const text = toText === undefined || typeof value === 'object' ? undefined : described(ctx, chosen, value, toText);
  if (text !== undefined) return sendText(ctx, chosen, text);
  switch (typeof value) {
    case 'string':
      return ctx.answer(chosen, textType, value);
    case 'undefined':
      return ctx.answer(chosen, undefined, undefined);
    case 'object':
      return value === null ? ctx.answer(chosen, undefined, undefined) : sendObject(ctx, value, chosen, toText);
    case 'number':
    case 'boolean':
      return ctx.answer(chosen, jsonType, JSON.stringify(value));
    case 'bigint':
    case 'symbol':
    case 'function':
      throw new BowlineError('BOW_REPLY_INVALID', {
        route: routeOf(ctx),
        reason: `a ${typeof value} has no JSON form`,
      });
  }
}

/**
 * JSON of what a handler returned, for the status that it goes out with; a promise where that takes its time. Undefined where nothing is said
 * of that status.
 */
export type ToText = (status: number, value: unknown, ctx: Answerable) => string | Promise<string> | undefined;

function sendObject(ctx: Answerable, value: object, status: number, toText: ToText | undefined): Replied {
  const prototype = Object.getPrototypeOf(value) as unknown;
  // Nearly all that is returned.
  if (prototype === Object.prototype || Array.isArray(value)) return sendJson(ctx, value, status, toText);
  if (value instanceof Uint8Array) return ctx.answer(status, bytesType, value);
  if (value instanceof ArrayBuffer) return ctx.answer(status, bytesType, new Uint8Array(value));
  if (ArrayBuffer.isView(value))
    return ctx.answer(status, bytesType, new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  if (isWebResponse(value)) return sendResponse(ctx, value);
  if (isBlob(value)) {
    ctx.set('content-length', String(value.size));
    return sendStream(ctx, value.stream(), status, value.type === '' ? bytesType : value.type);
  }
  return sendStream(ctx, value, status, bytesType) ?? sendJson(ctx, value, status, toText);
}

function sendJson(ctx: Answerable, value: object, status: number, toText: ToText | undefined): Replied {
  const text = toText === undefined ? undefined : described(ctx, status, value, toText);
  return text === undefined ? ctx.answer(status, jsonType, toJson(ctx, value)) : sendText(ctx, status, text);
}

function described(ctx: Answerable, status: number, value: unknown, toText: ToText): ReturnType<ToText> {
  try {
    return toText(status, value, ctx);
  } catch (cause) {
    throw circleOr(ctx, value, cause);
  }
}

function sendText(ctx: Answerable, status: number, text: string | Promise<string>): Replied {
  if (typeof text === 'string') return ctx.answer(status, jsonType, text);
  return text.then((settled) => ctx.answer(status, jsonType, settled));
}

/** Undefined for what is no stream. */
function sendStream(
  ctx: Answerable,
  value: object,
  status: number,
  type: string | undefined,
): Promise<void> | undefined {
  const { getReader, locked } = value as Partial<ReadableStream>;
  if (typeof getReader === 'function' && locked === true) {
    const reason = 'its ReadableStream is locked, since somebody reads it already';
    throw new BowlineError('BOW_REPLY_INVALID', { route: routeOf(ctx), reason });
  }
  const source = toReadable(value);
  return source === undefined ? undefined : ctx.answerStream(status, type, source);
}

/** As it is: its status and headers, whatever the route or the context say of theirs. */
function sendResponse(ctx: Answerable, response: WebResponse): Replied {
  const { body, status } = response;
  const reason = reasonAgainstResponse(response);
  if (reason !== undefined) throw new BowlineError('BOW_REPLY_INVALID', { route: routeOf(ctx), reason });
  for (const [name, value] of headersOfResponse(response)) {
    if (name === 'set-cookie') ctx.append(name, value);
    else ctx.set(name, value);
  }
  return body === null ? ctx.answer(status, undefined, undefined) : sendStream(ctx, body, status, undefined);
}

function reasonAgainstResponse({ bodyUsed, status, type }: WebResponse): string | undefined {
  if (bodyUsed) return 'the body of its Response was read already; return a clone, or what was read';
  if (type === 'error') return 'it is Response.error(), which is no answer; throw an HttpError';
  return status < 200 || status > 599 ? `its Response has the status ${status}, which no answer has` : undefined;
}

function toJson(ctx: Answerable, value: object): string {
  // Such as have fields of their own would be sent with these.
  if (value instanceof Error)
    throw new BowlineError('BOW_REPLY_INVALID', { route: routeOf(ctx), reason: 'an Error was returned; throw it' });
  return jsonText(ctx, plainOf(ctx, value));
}

/** JSON of what is sent as it is. Throws BOW_REPLY_INVALID, with the place, where JSON has no form for it. */
export function jsonText(ctx: Answerable, value: unknown): string {
  const text = stringify(ctx, value);
  if (text === undefined)
    throw new BowlineError('BOW_REPLY_INVALID', { route: routeOf(ctx), reason: 'its toJSON() gave nothing' });
  const reason = mayHideValues(text) ? safely(() => hiddenReason(value)) : undefined;
  if (reason !== undefined) throw new BowlineError('BOW_REPLY_INVALID', { route: routeOf(ctx), reason });
  return text;
}

function plainOf(ctx: Answerable, value: object): unknown {
  const { plainOf: find } = ctx.services;
  if (find === undefined) return value;
  try {
    return find(value);
  } catch (cause) {
    throw circleOr(ctx, value, cause);
  }
}

/** What goes on until the stack is full mostly goes in a circle. */
function circleOr(ctx: Answerable, value: unknown, cause: unknown): unknown {
  const reason = cause instanceof RangeError ? safely(() => reasonWithoutJson(value)) : undefined;
  return reason === undefined
    ? cause
    : new BowlineError('BOW_REPLY_INVALID', { route: routeOf(ctx), reason }, { cause });
}

function stringify(ctx: Answerable, value: unknown): string | undefined {
  try {
    return JSON.stringify(value) as string | undefined;
  } catch (cause) {
    const reason = safely(() => reasonWithoutJson(value));
    if (reason === undefined) throw cause;
    throw new BowlineError('BOW_REPLY_INVALID', { route: routeOf(ctx), reason }, { cause });
  }
}

/** A getter or `toJSON` of the value may throw here as it did before. */
function safely<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}

function isBlob(value: object): value is Blob {
  const { size, stream, arrayBuffer } = value as Partial<Blob>;
  return typeof size === 'number' && typeof stream === 'function' && typeof arrayBuffer === 'function';
}

/** What answers a request, as errors name it. */
export function routeOf(ctx: Pick<Answerable, 'method' | 'path' | 'route'>): string {
  const { route } = ctx;
  return route === undefined ? `${ctx.method} ${ctx.path}` : `${route.controller}.${route.handler}`;
}
