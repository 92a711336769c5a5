/** What is asked of a server, and what it has to answer. */
export interface Exchange {
  readonly method: string;
  readonly target: string;
  readonly status: number;
  /** The media type, without parameters. */
  readonly contentType: string;
  /** As JSON says it. @default whatever comes */
  readonly body?: unknown;
}

/** What a server declares. */
export type RouteSet = 'hello' | 'params';

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

export const exchanges: Readonly<Record<RouteSet, Exchange>> = { hello, params };

/** The request as it goes over the wire. Nothing but what HTTP asks for: every header costs all rivals the same. */
export function toRequestBytes({ method, target }: Exchange): Buffer {
  return Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, 'latin1');
}
