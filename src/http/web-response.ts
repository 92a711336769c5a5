import { connectionHeaders } from './check-header.js';

/** What is used of a Web Response, whoever's class it is. */
export interface WebResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ReadableStream | null;
  readonly bodyUsed: boolean;
  readonly type: string;
}

/** By its shape: frameworks put classes of their own in place of the global one. */
export function isWebResponse(value: object): value is WebResponse {
  const { status, headers, arrayBuffer } = value as { status?: unknown; headers?: unknown; arrayBuffer?: unknown };
  return (
    typeof status === 'number' &&
    typeof arrayBuffer === 'function' &&
    typeof headers === 'object' &&
    headers !== null &&
    typeof (headers as { getSetCookie?: unknown }).getSetCookie === 'function'
  );
}

/** The headers that go with it to the client; one name may come several times. Whoever fetched it has dealt with those of its connection. */
export function headersOfResponse({ headers, type }: WebResponse): [name: string, value: string][] {
  // `fetch` has decoded the body of what came from the network, and left the headers as they were.
  const isDecoded = type !== 'default' && headers.has('content-encoding');
  return [...headers].filter(
    ([name]) =>
      !connectionHeaders.includes(name) && !(isDecoded && (name === 'content-encoding' || name === 'content-length')),
  );
}
