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
}

/** What a server declares. */
export type RouteSet = 'hello' | 'params' | 'guard' | 'scope';

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
};

/** What a guard asks for. */
export const key = { name: 'x-key', value: 'let-me-in' } as const;

/** What an interceptor adds to the answer. */
export const mark = { name: 'x-served-by', value: 'bench' } as const;

const guard: Exchange = { ...hello, target: '/guarded', headers: { [key.name]: key.value } };

const scope: Exchange = { ...guard, target: '/scoped' };

export const exchanges: Readonly<Record<RouteSet, Exchange>> = { hello, params, guard, scope };

/** The request as it goes over the wire. Nothing but what HTTP asks for: every header costs all rivals the same. */
export function toRequestBytes({ method, target, headers = {} }: Exchange): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines.join('')}\r\n`, 'latin1');
}
