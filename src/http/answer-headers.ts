import type { ServerResponse } from 'node:http';
import type { OutgoingHeaders } from './http-context.js';

/** RFC 9110 15.3.5 and 15.4.5: such answers have no body and say no length. (205 has none either, and says so.) */
export function hasNoBody(status: number): boolean {
  return status === 204 || status === 304;
}

/**
 * Drops a length that was set by hand, as it could only be wrong beside what is counted. One stands for HEAD alone, of the
 * body that GET would give: a Response that was fetched elsewhere says it (RFC 9110 8.6).
 */
export function dropLength(outgoing: OutgoingHeaders, method: string, status: number, isBodiless: boolean): void {
  const { 'content-length': length } = outgoing;
  // To delete what is not there would make a slow object of it.
  if (length === undefined) return;
  const isOfGet = isBodiless && method === 'HEAD' && !hasNoBody(status) && status !== 205;
  if (!isOfGet || !isLength(length)) delete outgoing['content-length'];
}

function isLength(value: string | readonly string[] | undefined): boolean {
  return typeof value === 'string' && /^\d{1,15}$/.test(value);
}

/**
 * All headers of an answer, its length included where {@link dropLength} has left none: `headers` itself, which nobody needs without
 * them any more.
 */
export function headersOf(
  headers: OutgoingHeaders,
  status: number,
  contentType: string | undefined,
  body: string | Uint8Array | undefined,
): OutgoingHeaders {
  if (hasNoBody(status)) return headers;
  if (contentType !== undefined && headers['content-type'] === undefined) headers['content-type'] = contentType;
  headers['content-length'] ??= String(
    body === undefined ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength,
  );
  return headers;
}

/** All headers of an answer whose length nobody counts. One that the user set stands, if it can be one. */
export function streamHeadersOf(
  outgoing: Readonly<OutgoingHeaders> | undefined,
  contentType: string | undefined,
): OutgoingHeaders {
  const headers: OutgoingHeaders = { ...outgoing };
  if (contentType !== undefined && headers['content-type'] === undefined) headers['content-type'] = contentType;
  if (!isLength(headers['content-length'])) delete headers['content-length'];
  return headers;
}

/** What native code in front of a route has set of cookies and of Vary counts beside what the route sets. */
export function keepNativeValues(response: ServerResponse, outgoing: OutgoingHeaders): void {
  const { 'set-cookie': cookies, vary } = outgoing;
  if (cookies !== undefined) {
    const native = response.getHeader('set-cookie');
    if (native !== undefined) outgoing['set-cookie'] = [native, cookies].flat().map(String);
  }
  if (vary !== undefined) outgoing['vary'] = joinVary(response.getHeader('vary'), vary);
}

export function joinVary(
  native: number | string | readonly string[] | undefined,
  own: string | readonly string[],
): string {
  return [native ?? [], own].flat().join(', ');
}
