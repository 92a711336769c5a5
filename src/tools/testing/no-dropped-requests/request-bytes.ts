import { encodePayload } from '../encode-payload.js';

/** A request as a user of the load names it: its path alone, or with what it carries. */
export interface RequestToSend {
  /** The path with its query string. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Objects are sent as JSON, URLSearchParams as a form, strings and bytes as they are. */
  readonly body?: unknown;
}

/** A request as it is written on a connection. */
export interface RequestBytes {
  readonly method: string;
  readonly path: string;
  readonly head: Buffer;
  /** Empty where there is none. */
  readonly body: Buffer;
}

export function toRequestBytes(host: string, method: string, given: RequestToSend | string): RequestBytes {
  const { path, headers = {}, body } = typeof given === 'string' ? { path: given } : given;
  const encoded = encodePayload(body);
  const bytes = encoded.body === undefined ? Buffer.alloc(0) : Buffer.from(encoded.body);
  const all = {
    host,
    ...(encoded.type === undefined ? {} : { 'content-type': encoded.type }),
    ...(method === 'POST' ? { 'content-length': String(bytes.length) } : {}),
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return {
    method,
    path,
    head: Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'),
    body: bytes,
  };
}
