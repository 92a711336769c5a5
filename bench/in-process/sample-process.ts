/**
 * One sample of one contestant: its own HTTP server with Node's own parser, over connections that are no sockets. Says
 * how long a request took, in microseconds, and ends.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { checkContestant } from '../check-contestant.js';
import type { Contestant } from '../contestants.js';
import { serveContestant } from '../serve-contestant.js';
import { quantile } from '../statistics.js';
import { exchanges, toRequestBytes } from '../workloads.js';
import { FakeSocket } from './fake-socket.js';

export interface SampleOrder {
  readonly contestant: Contestant;
  readonly warmUp: number;
  readonly duration: number;
}

export interface Sample {
  /** The tenth percentile of all batches: what a request takes when nothing else happens. */
  readonly best: number;
  readonly median: number;
  readonly batches: number;
}

/** Requests that are timed together, each on a connection of its own. */
const batchSize = 100;

/** Turns of the event loop that a batch may need beyond the first. */
const maxTurns = 10_000;

const { contestant, warmUp, duration } = JSON.parse(process.argv[2] ?? '') as SampleOrder;
process.on('disconnect', () => process.exit());
process.send?.(await sample(), () => process.exit());

async function sample(): Promise<Sample> {
  const exchange = exchanges[contestant.routes];
  const { server, answerLength } = await findServer();
  const request = toRequestBytes(exchange);
  const sockets = Array.from({ length: batchSize }, () => new FakeSocket());
  for (const socket of sockets) server.emit('connection', socket);
  await runBatches(sockets, request, answerLength, warmUp);
  const times = await runBatches(sockets, request, answerLength, duration);
  const perRequest = times.map((time) => (time * 1_000) / batchSize);
  return { best: quantile(perRequest, 0.1), median: quantile(perRequest, 0.5), batches: times.length };
}

/** Every contestant opens its server in its own way; the first request, on a real socket, tells which one it is. */
async function findServer(): Promise<{ readonly server: Server; readonly answerLength: number }> {
  let server: Server | undefined;
  const onRequest = (message: unknown): void => {
    ({ server } = message as { server: Server });
  };
  subscribe('http.server.request.start', onRequest);
  const port = await serveContestant(contestant);
  const answerLength = await checkContestant(contestant, port);
  unsubscribe('http.server.request.start', onRequest);
  if (server === undefined) throw new Error(`${contestant.name} answers without an HTTP server of Node's.`);
  return { server, answerLength };
}

/** The time of each batch, until what follows its last answer has been done too. */
async function runBatches(
  sockets: readonly FakeSocket[],
  request: Buffer,
  answerLength: number,
  duration: number,
): Promise<number[]> {
  const times: number[] = [];
  const until = performance.now() + duration;
  let start = performance.now();
  while (start < until) {
    for (const socket of sockets) {
      socket.written = 0;
      // A turn of its own, as a read from the kernel would have.
      setImmediate(receive, socket, request);
    }
    let turns = 0;
    do await nextTurn();
    while (turns++ < maxTurns && sockets.some((socket) => socket.written < answerLength));
    const end = performance.now();
    times.push(end - start);
    start = end;
    const odd = sockets.find((socket) => socket.written !== answerLength);
    if (odd !== undefined) {
      throw new Error(`${contestant.name} wrote ${odd.written} characters in place of ${answerLength}.`);
    }
  }
  return times;
}

function receive(socket: FakeSocket, request: Buffer): void {
  socket.receive(request);
}
