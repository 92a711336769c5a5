import type { ServerResponse } from 'node:http';
import type { OutgoingHeaders } from './http-context.js';

/** RFC 9110 15.3.5 and 15.4.5: such answers have no body and say no length. (205 has none either, and says so.) */
export function hasNoBody(status: number): boolean {
  return status === 204 || status === 304;
}

/** All headers of an answer, its length included. */
export function headersOf(
  outgoing: Readonly<OutgoingHeaders> | undefined,
  status: number,
  contentType: string | undefined,
  body: string | Uint8Array | undefined,
): OutgoingHeaders {
  const headers: OutgoingHeaders = { ...outgoing };
  if (hasNoBody(status)) return headers;
  if (contentType !== undefined && headers['content-type'] === undefined) headers['content-type'] = contentType;
  headers['content-length'] = String(
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
  if (!/^\d{1,15}$/.test(String(headers['content-length'] ?? ''))) delete headers['content-length'];
  return headers;
}

/** Of these, what native code in front of a route has set counts beside what the route sets, and not instead of it. */
const additiveHeaders = ['set-cookie', 'vary'];

export function keepNativeValues(response: ServerResponse, outgoing: OutgoingHeaders): void {
  for (const name of additiveHeaders) {
    const own = outgoing[name];
    const native = own === undefined ? undefined : response.getHeader(name);
    if (own !== undefined && native !== undefined) outgoing[name] = [native, own].flat().map(String);
  }
}
