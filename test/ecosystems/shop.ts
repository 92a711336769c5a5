import { STATUS_CODES } from 'node:http';
import { send, type Answer, type Call } from '../conformance/harness/client.js';
import { ErrorFormat } from 'bowline';
import { cookiesOf } from './serve.js';

/** What a legacy application and the routes that replace its own both work on. */
export class Shop {
  readonly #orders: Order[] = [];

  customer(id: string): { readonly id: string; readonly name: string } | undefined {
    return { 7: { id: '7', name: 'Ann' } }[id];
  }

  invoices(customer: string): readonly object[] {
    return [{ id: 1, customer }];
  }

  order(item: string): Order {
    const order = { id: this.#orders.length + 1, item };
    this.#orders.push(order);
    return order;
  }

  orderOf(id: number): Order | undefined {
    return this.#orders[id - 1];
  }

  isUser(name: string, password: string): boolean {
    return name === 'ann' && password === 'knot';
  }
}

interface Order {
  readonly id: number;
  readonly item: string;
}

/** The shape of all errors of the legacy application. */
export function legacyError(status: number): { readonly error: string } {
  return { error: STATUS_CODES[status] ?? 'Unknown' };
}

/** Bound, it gives the errors of moved routes the shape that clients of the legacy application know. */
export const legacyFormat: ErrorFormat = {
  format: ({ status }) => ({
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify(legacyError(status)),
  }),
};

/** What a client of the application relies on. */
interface Reliable {
  readonly asked: string;
  readonly status: number;
  readonly type: string | undefined;
  readonly location: string | undefined;
  readonly body: unknown;
  readonly setsCookie: boolean;
}

const requests: readonly (readonly [method: string, path: string, call?: Call])[] = [
  ['GET', '/health'],
  ['HEAD', '/health'],
  ['GET', '/customers/7'],
  ['GET', '/customers/8'],
  ['GET', '/customers/7?verbose=yes'],
  ['GET', '/invoices'],
  ['POST', '/login', { form: 'username=ann&password=rope' }],
  ['POST', '/login', { form: 'username=ann&password=knot' }],
  ['GET', '/invoices'],
  ['POST', '/cart', { json: { item: 'rope' } }],
  ['POST', '/cart', { json: { item: 'block' } }],
  ['GET', '/cart'],
  ['POST', '/orders', { json: { item: 'rope' } }],
  ['POST', '/orders', { json: {} }],
  ['POST', '/orders', { body: '{"item":', headers: { 'content-type': 'application/json' } }],
  ['GET', '/orders/1'],
  ['GET', '/orders/2'],
  ['GET', '/old-invoices'],
  ['GET', '/report'],
  ['GET', '/nobody'],
  ['POST', '/nobody', { json: { any: 'thing' } }],
  ['GET', '/customers/%zz'],
  ['POST', '/logout'],
  ['GET', '/invoices'],
  ['GET', '/cart'],
];

/** Sends the fixed list of requests one after the other, as one client with its cookies. */
export async function talkTo(url: string): Promise<Reliable[]> {
  const answers: Reliable[] = [];
  let cookie = '';
  for (const [method, path, call = {}] of requests) {
    const answer = await send(url, method, path, { ...call, headers: { ...call.headers, cookie } });
    if (answer.headers['set-cookie'] !== undefined) cookie = cookiesOf(answer);
    answers.push({ asked: `${method} ${path}`, ...reliable(answer) });
  }
  return answers;
}

function reliable({ status, headers, text, json }: Answer): Omit<Reliable, 'asked'> {
  const isRedirect = status >= 300 && status < 400;
  return {
    status,
    location: headers.location,
    // Express writes a text for whoever does not follow.
    type: isRedirect ? undefined : headers['content-type']?.split(';', 1)[0],
    body: isRedirect ? undefined : (json ?? text),
    setsCookie: headers['set-cookie'] !== undefined,
  };
}
