import type { IncomingMessage } from 'node:http';
import {
  BadRequestError,
  ExpectationFailedError,
  isValidHost,
  noteBody,
  NotImplementedError,
  type HttpError,
} from '../http/index.js';

/** What a connection keeps, since its requests nearly always have the same Host. */
export interface HostMemory {
  /** The last one that was valid. */
  knownHost: string | undefined;
}

/**
 * What Node's parser lets pass and no provider is to see, since two readers of it could come to differ: why the request is
 * refused, or undefined. An absolute target is given the form of the others (RFC 9112 3.2.2), for all providers alike.
 */
export function refusalOf(request: IncomingMessage, connection: HostMemory): HttpError | undefined {
  const { httpVersionMajor, httpVersionMinor } = request;
  if (httpVersionMajor !== 1 || httpVersionMinor > 1)
    return new BadRequestError(`HTTP/${request.httpVersion} is not spoken here, only HTTP/1.0 and HTTP/1.1.`);
  return refusalOfHeaders(request, httpVersionMinor === 0, connection) ?? refusalOfTarget(request);
}

// The raw list, since Node keeps the first of two Hosts and says nothing; to ask for `headers` would make them for nobody.
function refusalOfHeaders(request: IncomingMessage, isOld: boolean, connection: HostMemory): HttpError | undefined {
  const { rawHeaders } = request;
  let host: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    if (name.length === 4 && isName(name, 'Host', 'host')) {
      if (host !== undefined) return new BadRequestError('The request has two Host headers.');
      host = value;
    } else if (name.length === 6 && isName(name, 'Expect', 'expect')) {
      if (!isOld && value.toLowerCase() !== '100-continue')
        return new ExpectationFailedError(
          `The expectation '${value.slice(0, 40)}' is not met here, only 100-continue.`,
        );
    } else if (name.length === 17 && isName(name, 'Transfer-Encoding', 'transfer-encoding')) {
      const refusal = refusalOfCoding(value, isOld);
      if (refusal !== undefined) return refusal;
      noteBody(request);
    } else if (name.length === 14 && isName(name, 'Content-Length', 'content-length')) {
      noteBody(request);
    }
  }
  if (host === undefined) return isOld ? undefined : new BadRequestError('The request has no Host header.');
  if (host === connection.knownHost) return undefined;
  if (!isValidHost(host)) return new BadRequestError('The Host of the request is not a name or address and a port.');
  // The same host (RFC 3986 6.2.3); some frameworks take it for none.
  if (host.endsWith(':')) request.headers.host = host.slice(0, -1);
  else connection.knownHost = host;
  return undefined;
}

function isName(name: string, usual: string, lower: string): boolean {
  return name === usual || (isSameLetter(name, lower) && name.toLowerCase() === lower);
}

/** Nearly every other name of the same length differs here already. */
function isSameLetter(name: string, lower: string): boolean {
  return (name.charCodeAt(0) | 32) === lower.charCodeAt(0);
}

function refusalOfCoding(coding: string, isOld: boolean): HttpError | undefined {
  // RFC 9112 6.1: whoever takes HTTP/1.0 to have no such header sees another end of the body.
  if (isOld) return new BadRequestError('HTTP/1.0 has no Transfer-Encoding.');
  if (coding.toLowerCase() === 'chunked') return undefined;
  return new NotImplementedError(`The transfer coding '${coding.slice(0, 40)}' is not known here, only chunked.`);
}

function refusalOfTarget(request: IncomingMessage): HttpError | undefined {
  const { url = '' } = request;
  if (url.charCodeAt(0) !== slash) {
    if (url === '*' && request.method === 'OPTIONS') return undefined;
    if (!takeAbsolute(request, url)) return new BadRequestError('The target of the request is not one.');
    return request.url === '*' ? undefined : refusalOfTarget(request);
  }
  if (url.includes('#')) return new BadRequestError('The target of the request has a fragment.');
  // Whoever makes a URL of it reads a slash.
  if (url.includes('\\') && url.split('?', 1)[0]?.includes('\\') === true)
    return new BadRequestError('The path has a backslash that is not percent-encoded.');
  return undefined;
}

const slash = 47;

/** Puts its path in place of an absolute target, and its authority in place of the Host, which counts for nothing then. */
function takeAbsolute(request: IncomingMessage, url: string): boolean {
  const [, authority, rest = ''] = /^https?:\/\/([^/?#]+)(.*)$/is.exec(url) ?? [];
  if (authority === undefined || !isValidHost(authority)) return false;
  request.headers.host = authority.replace(/:$/, '');
  // RFC 9110 7.1: without a path, OPTIONS asks about the whole server.
  const root = rest === '' && request.method === 'OPTIONS' ? '*' : '/';
  request.url = rest.startsWith('/') ? rest : rest === '' ? root : `/${rest}`;
  return true;
}
