/** How the time of a request is taken. */
export type Method = 'loopback' | 'in-process';

/** What is asked of a server, and what it has to answer. */
export interface Exchange {
  readonly method: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  /** The media type, without parameters. */
  readonly contentType: string;
  /** As JSON says it. @default whatever comes */
  readonly body?: unknown;
  /** What is sent, as JSON. @default nothing */
  readonly payload?: unknown;
  /** What differs in a request that has to be refused. @default nothing can be wrong */
  readonly wrong?: Pick<Exchange, 'headers' | 'payload'> & { readonly target?: string };
}

/** What a server declares. */
export type RouteSet = 'hello' | 'params' | 'guard' | 'scope' | 'post';

const hello: Exchange = {
  method: 'GET',
  target: '/hello',
  status: 200,
  contentType: 'application/json',
  body: { hello: 'world' },
};

const params: Exchange = {
  method: 'GET',
  target: '/users/42?verbose=true',
  status: 200,
  contentType: 'application/json',
  body: { id: 42, verbose: true },
  wrong: { target: '/users/nobody?verbose=true' },
};

/** What a guard asks for. */
export const key = { name: 'x-key', value: 'let-me-in' } as const;

/** What an interceptor adds to the answer. */
export const mark = { name: 'x-served-by', value: 'bench' } as const;

const guard: Exchange = { ...hello, target: '/guarded', headers: { [key.name]: key.value }, wrong: { headers: {} } };

const scope: Exchange = { ...guard, target: '/scoped' };

/** A user, as a client sends one: six fields, one of them an object. */
export const user = {
  name: 'Ada Lovelace',
  email: 'ada@example.com',
  age: 36,
  subscribed: true,
  tags: ['mathematics', 'poetry'],
  address: { street: '12 St James Square', city: 'London', postcode: '10115' },
} as const;

const post: Exchange = {
  method: 'POST',
  target: '/users',
  payload: user,
  status: 201,
  contentType: 'application/json',
  body: { id: 1, name: user.name, city: user.address.city },
  // In the object within, whose rules are the first to be forgotten.
  wrong: { payload: { ...user, address: { ...user.address, postcode: 'E1' } } },
};

export const exchanges: Readonly<Record<RouteSet, Exchange>> = { hello, params, guard, scope, post };

/** The request as it goes over the wire. Nothing but what HTTP asks for: every header costs all rivals the same. */
export function toRequestBytes({ method, target, headers = {}, payload }: Exchange): Buffer {
  const body = payload === undefined ? '' : JSON.stringify(payload);
  const bodyHeaders =
    body === '' ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
  const lines = Object.entries({ ...headers, ...bodyHeaders }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines.join('')}\r\n${body}`, 'latin1');
}
