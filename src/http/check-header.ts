import { describeValue } from '../foundation/index.js';

const headerName = /^[\w!#$%&'*+.^`|~-]+$/;
const badHeaderValue = /[^\t\u0020-\u007e\u0080-\u00ff]/;

/**
 * They say how a message is framed and what becomes of its connection (RFC 9110 7.6.1), which is for the server alone: an
 * answer that said `keep-alive` would keep the connection of a client that wants it closed, and of a server that stops.
 */
export const connectionHeaders: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Names that were found good, with their lower case: a program has few, and asks for each with nearly every answer. */
const goodNames = new Map<string, string>();
const maxGoodNames = 200;

/**
 * Gives the lower-case name of a header that can be set to `value`. Checked where the mistake is made: when the answer is half written nobody can be told any more. A line
 * break would let a value add headers of its own.
 */
export function checkHeader(name: string, value: string | readonly string[]): string {
  const lower = goodNames.get(name) ?? checkName(name, value);
  if (typeof value === 'string' && !badHeaderValue.test(value)) return lower;
  if (lower === 'content-type' && typeof value !== 'string') throw new TypeError('An answer has one Content-Type.');
  for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
    if (typeof each !== 'string')
      throw new TypeError(`The header '${name}' has a value that is no string: ${describeValue(each)}.`);
    if (badHeaderValue.test(each)) throw new TypeError(`The header '${name}' has a value that no header can hold.`);
  }
  return lower;
}

function checkName(name: string, value: string | readonly string[]): string {
  if (typeof name !== 'string' || !headerName.test(name))
    throw new TypeError(`${describeValue(name)} is not the name of a header.`);
  const lower = name.toLowerCase();
  if (!connectionHeaders.includes(lower)) {
    if (goodNames.size < maxGoodNames) goodNames.set(name, lower);
  } else if (!endsConnection(lower, value)) throw new TypeError(`The header '${name}' is for the server to set.`);
  return lower;
}

/** Whoever answers may end the connection, and nothing else. */
function endsConnection(name: string, value: unknown): boolean {
  return name === 'connection' && typeof value === 'string' && value.toLowerCase() === 'close';
}
