import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { toRequestBytes, type Exchange } from './workloads.js';

/** How long one answer may take. Milliseconds. */
const answerTimeout = 5_000;

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Of head and body, in bytes. */
  readonly length: number;
}

/** Asks once on a socket of its own. Rejects for any answer that is not the right one, or cannot be measured. */
export async function ask(name: string, port: number, exchange: Exchange): Promise<Answer> {
  const answer = await readAnswer(port, toRequestBytes(exchange));
  const problem = typeof answer === 'string' ? answer : problemOf(answer, exchange);
  if (typeof answer === 'string' || problem !== undefined) {
    throw new Error(`${name} answers ${exchange.method} ${exchange.target} wrongly: ${problem}.`);
  }
  return answer;
}

/** Asks what has to be refused, if anything: who checks less than the others would be measured beside them for nothing. */
export async function askWrongly(name: string, port: number, exchange: Exchange): Promise<void> {
  const { wrong } = exchange;
  if (wrong === undefined) return;
  const socket = openSocket(port);
  socket.write(toRequestBytes({ ...exchange, ...wrong }));
  const [head] = (await once(socket, 'data')) as [string];
  socket.destroy();
  if (/^HTTP\/1\.1 4\d\d /.test(head)) return;
  const question = `${exchange.method} ${wrong.target ?? exchange.target} with ${JSON.stringify(wrong)}`;
  throw new Error(`${name} does not refuse ${question}: ${head.split('\r\n', 1)[0]}.`);
}

/** One answer, or why there is none that could be measured. */
async function readAnswer(port: number, request: Buffer): Promise<Answer | string> {
  const socket = openSocket(port);
  socket.write(request);
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd === -1) continue;
    const head = text.slice(0, headEnd);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) return 'it has no content-length, which the generators need';
    if (text.length < headEnd + 4 + Number(length)) continue;
    const contentType = /\r\ncontent-type: *([^;\r]*)/i.exec(head)?.[1] ?? 'none';
    return { status: Number(text.slice(9, 12)), contentType, body: text.slice(headEnd + 4), length: text.length };
  }
  return 'it closed the connection in the middle of the answer';
}

function openSocket(port: number): Socket {
  const socket = connect({ host: '127.0.0.1', port }).setEncoding('latin1');
  return socket.setTimeout(answerTimeout, () => socket.destroy(new Error(`no answer within ${answerTimeout} ms`)));
}

function problemOf(answer: Answer, { status, contentType, body }: Exchange): string | undefined {
  if (answer.status !== status) return `status ${answer.status} in place of ${status}`;
  if (answer.contentType !== contentType) return `content-type ${answer.contentType} in place of ${contentType}`;
  if (body !== undefined && !isDeepStrictEqual(toJson(answer.body), body))
    return `body ${answer.body} in place of ${JSON.stringify(body)}`;
  return undefined;
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
