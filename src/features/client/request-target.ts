import { nearestName } from '../../foundation/index.js';
import { HttpClientError, type RequestName } from './http-client-error.js';
import type { ResolvedHttpClientOptions } from './client-options.js';

/** What a parameter of a path, or of a query string, may be. */
export type UrlValue = string | number | bigint | boolean;

/** The parameters of a path: `{ id: 7 }` for `/users/:id`. Every one is encoded, and stays within its segment. */
export type PathParams = Readonly<Record<string, UrlValue>>;

/** A list is sent as its key for each element; undefined and null are left out. */
export type QueryInput = URLSearchParams | Readonly<Record<string, UrlValue | null | undefined | readonly UrlValue[]>>;

/** Where one request goes. */
export interface RequestTarget extends RequestName {
  readonly origin: string;
  /** With the query string, as it is sent. */
  readonly path: string;
}

type Home = Pick<ResolvedHttpClientOptions, 'origin' | 'basePath' | 'origins'>;

/**
 * Where `path` leads, behind `baseUrl`. A whole URL may stand in its place where its origin is allowed. Throws
 * BOW_CLIENT_REQUEST_INVALID for what could lead elsewhere than it seems.
 */
export function resolveTarget(
  home: Home,
  method: string,
  path: string,
  params: PathParams | undefined,
  query: QueryInput | undefined,
): RequestTarget {
  const place = splitOrigin(home, method, path);
  const name = { method, url: place.origin + place.path };
  const filled = fillParams(place.path, params, name);
  const [pathname = ''] = filled.split('?', 1);
  requirePlainPath(pathname, name);
  return { method, origin: place.origin, url: place.origin + pathname, path: withQuery(filled, query, name) };
}

function splitOrigin(home: Home, method: string, path: string): { readonly origin: string; readonly path: string } {
  if (path.startsWith('/') && path[1] !== '/') return { origin: home.origin, path: home.basePath + path };
  if (!/^[a-z][a-z\d+.-]*:|^\/\//i.test(path)) {
    const slash = path === '' || path.startsWith('?') ? '' : '/';
    return { origin: home.origin, path: `${home.basePath}${slash}${path}` || '/' };
  }
  const url = URL.parse(path);
  const origin = url?.origin ?? 'null';
  // Neither user and password nor the rest of what is refused is to stand in a message.
  if (url === null || url.username !== '' || url.password !== '' || !home.origins.has(origin)) {
    throw invalid(
      { method, url: home.origin + home.basePath },
      `its path is a whole URL of ${origin === 'null' ? 'no known form' : origin}, which is neither the origin of baseUrl nor in allowedOrigins`,
    );
  }
  // As it was written, so that its parameters are found, and nothing in it is taken for normal.
  const rest = path.slice(path.indexOf('//') + 2).replace(/^[^/?#]*/, '');
  return { origin, path: rest.startsWith('/') ? rest : `/${rest}` };
}

const placeholder = /\/:([A-Za-z_]\w*)/g;

function fillParams(path: string, params: PathParams = {}, name: RequestName): string {
  const used = new Set<string>();
  const filled = path.includes('/:')
    ? path.replaceAll(placeholder, (_whole, key: string) => {
        used.add(key);
        return `/${encodeSegment(key, Object.hasOwn(params, key) ? params[key] : undefined, name)}`;
      })
    : path;
  for (const key of Object.keys(params)) {
    if (used.has(key)) continue;
    const nearest = nearestName(key, [...used]);
    throw invalid(
      name,
      `params has '${key}', and its path no ':${key}'${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`,
    );
  }
  return filled;
}

function encodeSegment(key: string, value: UrlValue | undefined, name: RequestName): string {
  if (!isUrlValue(value)) throw invalid(name, `params has no value for ':${key}'`);
  const text = String(value);
  // None of these can be written so that every server takes it for a segment of its own.
  if (text === '' || text === '.' || text === '..') {
    throw invalid(name, `params.${key} is '${text}', which would lead to another path`);
  }
  return encode(text);
}

/** Servers and proxies read dot segments as the way up, and everything behind a `#` stays with the client. */
function requirePlainPath(pathname: string, name: RequestName): void {
  if (/(?:^|[/\\])(?:\.|%2e){1,2}(?:[/\\]|$)/i.test(pathname)) {
    throw invalid(name, "its path has a segment '.' or '..'; write the path that is meant, and values as params");
  }
  if (pathname.includes('#')) throw invalid(name, "its path has a '#'; write values as params, which are encoded");
}

function withQuery(path: string, query: QueryInput | undefined, name: RequestName): string {
  const written = writable(path);
  if (query === undefined) return written;
  const text = query instanceof URLSearchParams ? query.toString() : encodeQuery(query, name);
  if (text === '') return written;
  return `${written}${written.includes('?') ? '&' : '?'}${text}`;
}

function encodeQuery(query: Exclude<QueryInput, URLSearchParams>, name: RequestName): string {
  let text = '';
  for (const key of Object.keys(query)) {
    const value = query[key];
    if (value === undefined || value === null) continue;
    for (const each of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
      if (!isUrlValue(each))
        throw invalid(name, `query.${key} is neither a text, a number, a boolean nor a list of these`);
      text += `${text === '' ? '' : '&'}${encode(key)}=${encode(String(each))}`;
    }
  }
  return text;
}

/** What a URL cannot hold is encoded; what is encoded already stays. */
function writable(path: string): string {
  return /^[\x21-\x7e]*$/.test(path) ? path : path.replaceAll(/[^\x21-\x7e]+/g, encode);
}

/** Half of a pair of surrogates has no form in UTF-8. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function isUrlValue(value: unknown): value is UrlValue {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}

function invalid(name: RequestName, reason: string): HttpClientError {
  return new HttpClientError('BOW_CLIENT_REQUEST_INVALID', name, { reason });
}
