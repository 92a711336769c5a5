import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** What a server has done with everything that a client has sent so far. */
export interface Settled {
  /** Bytes that the server has written to the connection since it was opened. */
  readonly written: number;
  /** Whether the server has ended its side. */
  readonly ended: boolean;
}

interface Watched {
  readonly socket: Socket;
  readonly unanswered: Set<Exchange>;
  /** Whether the client will ask about it no more. */
  isForgotten: boolean;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Question {
  readonly key: string;
  readonly sent: number;
  readonly answer: (settled: Settled) => void;
  entry: Watched | undefined;
  /** Turns of the loop for which nothing has been left to wait for. */
  quiet: number;
}

/**
 * Turns of the loop in which a server that has read everything, and owes no answer to a whole request, may still do
 * something of its own accord: the end of a stream, or the promises of a framework, take a turn or two.
 */
const turnsOfPeace = 4;

const watched = new Map<string, Watched>();

/**
 * Tells clients when a server of this process has done all that it is going to do with what they have sent. So nobody has
 * to guess how long an answer may take that perhaps never comes: a request that is not whole yet gets none.
 *
 * A client asks on a connection of its own, one line for each question: an id, the two ports of its connection, the number
 * of bytes it has sent. `memory` in place of the ports asks for the bytes of the heap that are in use, and `forget` in
 * place of the id tells that the client has closed its connection.
 */
export async function startSocketMonitor(): Promise<{ readonly port: number; close(): void }> {
  watch();
  const questions = new Set<Question>();
  const server = createServer((client) => {
    client.setNoDelay(true).on('error', () => {});
    createInterface({ input: client }).on('line', (line) => {
      const [id, ports = '', sent] = line.split(' ');
      if (id === 'forget') {
        forget(ports);
        return;
      }
      if (ports === 'memory') {
        client.write(`${id} ${heapUsed()} 0\n`);
        return;
      }
      const answer = ({ written, ended }: Settled): void => {
        client.write(`${id} ${written} ${ended ? 1 : 0}\n`);
      };
      questions.add({ key: ports, sent: Number(sent), answer, entry: watched.get(ports), quiet: 0 });
      if (questions.size === 1) setImmediate(() => answerQuestions(questions));
    });
  });
  return { port: await listen(server), close: () => server.close() };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

let watching = false;

function watch(): void {
  if (watching) return;
  watching = true;
  subscribe('net.server.socket', (message) => {
    const { socket } = message as { socket: Socket };
    const key = `${socket.localPort}:${socket.remotePort}`;
    const entry: Watched = { socket, unanswered: new Set(), isForgotten: false };
    watched.set(key, entry);
    socket.on('close', () => {
      if (entry.isForgotten && watched.get(key) === entry) watched.delete(key);
    });
  });
  subscribe('http.server.request.start', (message) => {
    const { socket, request, response } = message as Exchange & { socket: Socket };
    const entry = watched.get(`${socket.localPort}:${socket.remotePort}`);
    if (entry === undefined) return;
    const exchange = { request, response };
    entry.unanswered.add(exchange);
    response.on('close', () => entry.unanswered.delete(exchange));
  });
}

function forget(key: string): void {
  const entry = watched.get(key);
  if (entry === undefined) return;
  entry.isForgotten = true;
  if (entry.socket.destroyed) watched.delete(key);
}

function answerQuestions(questions: Set<Question>): void {
  for (const question of questions) {
    // Kept, since its client may see the end and forget it before the answer. Asked again where it is not accepted yet.
    const entry = (question.entry ??= watched.get(question.key));
    if (entry === undefined) continue;
    question.quiet = isBusy(entry, question.sent) ? 0 : question.quiet + 1;
    if (question.quiet < turnsOfPeace) continue;
    questions.delete(question);
    const { socket } = entry;
    question.answer({ written: socket.bytesWritten, ended: socket.destroyed || socket.writableEnded });
  }
  if (questions.size > 0) setImmediate(() => answerQuestions(questions));
}

function isBusy({ socket, unanswered }: Watched, sent: number): boolean {
  if (socket.destroyed || socket.writableEnded) return false;
  if (socket.bytesRead < sent) return true;
  for (const { request, response } of unanswered) if (request.complete && !response.closed) return true;
  return false;
}

function heapUsed(): number {
  for (let times = 0; times < 3; times++) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
