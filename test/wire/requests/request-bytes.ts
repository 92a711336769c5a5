import type { WireRequest } from '../../../soak/wire/exchange.js';

/** Requests by what is special about them. A text is sent at once. */
export type RequestTable = Readonly<Record<string, string | WireRequest>>;

/** A whole head: the request line, Host, and further lines as they are given. */
export function head(line: string, ...headers: readonly string[]): string {
  return [line, 'Host: localhost', ...headers, '', ''].join('\r\n');
}

/** A whole head in which the given lines are all there is. */
export function bareHead(line: string, ...headers: readonly string[]): string {
  return [line, ...headers, '', ''].join('\r\n');
}

export function get(target: string, ...headers: readonly string[]): string {
  return head(`GET ${target} HTTP/1.1`, ...headers);
}

/** A body with its length, and its type unless that is undefined. The text is sent in Latin-1. */
export function post(target: string, type: string | undefined, body: string, ...headers: readonly string[]): string {
  const typed = type === undefined ? [] : [`Content-Type: ${type}`];
  return head(`POST ${target} HTTP/1.1`, ...typed, `Content-Length: ${body.length}`, ...headers) + body;
}

/** A body of the given bytes in transfer coding, which say their own end. */
export function chunked(target: string, type: string, chunks: string, ...headers: readonly string[]): string {
  return head(`POST ${target} HTTP/1.1`, `Content-Type: ${type}`, 'Transfer-Encoding: chunked', ...headers) + chunks;
}

/** The UTF-8 bytes of a text, one character for each. */
export function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The same request for each of some values, named by them. */
export function forEach(
  name: string,
  values: readonly string[],
  make: (value: string) => string | WireRequest,
): RequestTable {
  return Object.fromEntries(values.map((value) => [`${name}: ${shown(value)}`, make(value)]));
}

/** What is no printable ASCII as an escape, and what is long by its length. */
function shown(value: string): string {
  const text = JSON.stringify(value)
    .slice(1, -1)
    .replaceAll(/[^\x20-\x7e]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return text.length <= 90 ? text : `${text.slice(0, 60)}... (${value.length} characters)`;
}
