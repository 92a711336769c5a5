import { Readable } from 'node:stream';
import { isThenable, reasonOf } from '../../foundation/index.js';
import type { PlainOf } from '../../http/index.js';
import { HttpClientError, type RequestName } from './http-client-error.js';

/** A body as it is sent. */
export interface RequestBody {
  readonly content: string | Uint8Array | Readable | null;
  /** Undefined where there is no body. */
  readonly type: string | undefined;
  /** Whether it is gone once it was sent. */
  readonly isStream: boolean;
}

const none: RequestBody = { content: null, type: undefined, isStream: false };

/**
 * Texts, bytes, `URLSearchParams`, streams, `FormData` and `Blob` as what they are, all else as JSON; instances of classes with
 * rules of class-transformer as these say. Throws BOW_CLIENT_REQUEST_INVALID for what has no JSON form, and for a stream that somebody has
 * read before.
 */
export function encodeBody(body: unknown, name: RequestName, plainOf: PlainOf | undefined): RequestBody {
  if (body === undefined) return none;
  if (typeof body === 'string') return { content: body, type: 'text/plain; charset=utf-8', isStream: false };
  if (body instanceof Uint8Array) return { content: body, type: 'application/octet-stream', isStream: false };
  if (body instanceof URLSearchParams) {
    return { content: body.toString(), type: 'application/x-www-form-urlencoded', isStream: false };
  }
  if (body instanceof FormData || body instanceof Blob) {
    const { body: stream, headers } = new Response(body);
    return streamed(stream === null ? Readable.from([]) : Readable.fromWeb(stream), headers.get('content-type'));
  }
  if (body instanceof Readable || body instanceof ReadableStream) {
    requireUnread(body, name);
    return streamed(body instanceof Readable ? body : Readable.fromWeb(body));
  }
  if (isSentOnce(body)) return streamed(Readable.from(body, { objectMode: false }));
  if (isThenable(body)) throw invalid(name, 'its body is a promise; await it first');
  return { content: toJson(body, name, plainOf), type: 'application/json', isStream: false };
}

/** Whether what the caller has given is gone once a request has had it, so that he cannot give it a second time. */
export function isSentOnce(body: unknown): body is AsyncIterable<unknown> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/** What is missing of it would be missing of the request, which would look whole. */
function requireUnread(body: Readable | ReadableStream, name: RequestName): void {
  const isGone = body instanceof Readable ? body.destroyed : body.locked;
  // Of both kinds it knows whether anything was taken out, though it is typed for one.
  if (!isGone && !Readable.isDisturbed(body as Readable)) return;
  throw invalid(name, 'its body is a stream that was read, locked or destroyed before; make a new one for each call');
}

function streamed(content: Readable, type: string | null = null): RequestBody {
  return { content, type: type === null || type === '' ? 'application/octet-stream' : type, isStream: true };
}

function toJson(body: unknown, name: RequestName, plainOf: PlainOf | undefined): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(typeof body === 'object' && body !== null ? (plainOf?.(body) ?? body) : body);
  } catch (cause) {
    throw invalid(name, `its body has no JSON form (${reasonOf(cause)})`, cause);
  }
  if (text === undefined) throw invalid(name, 'its body has no JSON form');
  return text;
}

function invalid(name: RequestName, reason: string, cause?: unknown): HttpClientError {
  return new HttpClientError('BOW_CLIENT_REQUEST_INVALID', name, { reason }, cause === undefined ? {} : { cause });
}
