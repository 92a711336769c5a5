import createTag from 'etag';
import isFresh from 'fresh';
import type { IncomingHttpHeaders } from 'node:http';

/** What a tag needs of a context. */
export interface Taggable {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly outgoing: Record<string, string | string[]> | undefined;
  set(name: string, value: string): unknown;
}

/** What a 304 says beside its tag (RFC 9110 15.4.5), and cookies, which are no part of what the client has. */
const kept = ['cache-control', 'content-location', 'date', 'etag', 'expires', 'set-cookie', 'vary'];

/**
 * Puts a weak ETag on a whole answer to GET or HEAD that has none of its own, and tells whether the client has the same
 * already: then only what belongs to a 304 is left of the headers.
 */
export function tagOrSpare(ctx: Taggable, status: number, body: string | Uint8Array | undefined): boolean {
  const { method, outgoing } = ctx;
  if (status !== 200 || body === undefined || (method !== 'GET' && method !== 'HEAD')) return false;
  const etag = String(outgoing?.['etag'] ?? tagOf(body));
  ctx.set('etag', etag);
  if (!isFresh(ctx.headers, { etag, 'last-modified': outgoing?.['last-modified'] })) return false;
  for (const name of Object.keys(ctx.outgoing ?? {})) if (!kept.includes(name)) delete ctx.outgoing?.[name];
  return true;
}

function tagOf(body: string | Uint8Array): string {
  const bytes = typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return createTag(bytes, { weak: true });
}
