import type { IncomingMessage } from 'node:http';

const kSent = Symbol('sent target');

interface Incoming extends IncomingMessage {
  [kSent]?: string;
}

/**
 * Decodes in the path of a request what needs no encoding there (RFC 3986 6.2.2), before native code sees it. Our router
 * compares decoded paths, and Express and Koa do not: a guard of theirs on `/admin` would let `/%61dmin` pass to our route.
 */
export function showPlainTarget(request: Incoming): void {
  const { url = '/' } = request;
  const plain = url.includes('%') ? toPlainTarget(url) : url;
  // An Express application of somebody else that we are mounted in has cut its own path off, and remembers the whole.
  const isMounted = kSent in request || 'originalUrl' in request;
  if (plain === url && !isMounted) return;
  request[kSent] = url;
  request.url = plain;
}

/** The target as it came to our listener, where native code sees something else. */
export function sentTarget(request: Incoming): string | undefined {
  return request[kSent];
}

function toPlainTarget(target: string): string {
  const end = target.indexOf('?');
  const path = end === -1 ? target : target.slice(0, end);
  const plain = path.replace(/%[0-9a-f]{2}/gi, toPlainCharacter);
  return end === -1 ? plain : plain + target.slice(end);
}

/** Decodes what `decodeURI` decodes and a path may hold as it is; the digits of the rest become capital. */
function toPlainCharacter(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
  return /[\w.~!'()*-]/.test(character) ? character : encoded.toUpperCase();
}
