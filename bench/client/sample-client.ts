/** One sample: nanoseconds and CPU time of one request in each way, in turns. Says them, and ends. */
import { performance } from 'node:perf_hooks';
import { Pool } from 'undici';
import { HttpClient } from '../../src/entries/client.js';
import { attemptTimeout, circuitBreaker, pipeline, retry, timeout } from '../../src/entries/resilience.js';
import { quantile } from '../statistics.js';

export interface ClientOrder {
  readonly port: number;
  /** How often each way has its turn. */
  readonly rounds: number;
}

/** What one request took. */
export interface ClientTimes {
  readonly nanoseconds: number;
  /** Of all threads of the process, in microseconds. */
  readonly cpu: number;
}

/** By the name of the way; that of undici alone is the first. */
export type ClientSample = Readonly<Record<string, ClientTimes>>;

type Way = () => Promise<unknown>;

const requestsPerTurn = 800;

/** Of one alone, most of what is measured is how long the kernel takes to wake two processes. */
const requestsAtATime = 8;

/** Each has its own connections, so that none finds those of another. */
function makeWays(baseUrl: string): Readonly<Record<string, Way>> {
  const options = { connections: requestsAtATime };
  const pool = new Pool(baseUrl, options);
  const fetching = async (): Promise<unknown> => (await fetch(`${baseUrl}/items/rope`)).json();
  const plain = new HttpClient({ baseUrl, ...options });
  const policies = [timeout(), retry(), circuitBreaker(), attemptTimeout()];
  const guarded = new HttpClient({ baseUrl, ...options, pipeline: pipeline(...policies) });
  return {
    'undici, request and body.json()': async () =>
      (await pool.request({ method: 'GET', path: '/items/rope', headers: { accept: 'application/json' } })).body.json(),
    'HttpClient, without a pipeline': () => plain.get('/items/rope'),
    'HttpClient, four policies': () => guarded.get('/items/:sku', { params: { sku: 'rope' } }),
    'fetch of Node': fetching,
  };
}

async function sample({ port, rounds }: ClientOrder): Promise<ClientSample> {
  const ways = Object.entries(makeWays(`http://127.0.0.1:${port}`));
  const times = new Map<string, ClientTimes[]>(ways.map(([name]) => [name, []]));
  // What is called for the first time is not compiled yet.
  for (const [, way] of ways) await turn(way, requestsPerTurn * 5);
  for (let round = 0; round < rounds; round++) {
    // There and back again, so that nobody always comes behind the same one.
    for (const [name, way] of round % 2 === 0 ? ways : ways.toReversed())
      times.get(name)?.push(await turn(way, requestsPerTurn));
  }
  return Object.fromEntries([...times].map(([name, each]) => [name, best(each)]));
}

async function turn(way: Way, requests: number): Promise<ClientTimes> {
  const from = performance.now();
  const cpuFrom = process.cpuUsage();
  const oneAfterAnother = async (): Promise<void> => {
    for (let index = 0; index < requests / requestsAtATime; index++) await way();
  };
  await Promise.all(Array.from({ length: requestsAtATime }, oneAfterAnother));
  const { user, system } = process.cpuUsage(cpuFrom);
  return { nanoseconds: ((performance.now() - from) * 1e6) / requests, cpu: (user + system) / requests };
}

function best(times: readonly ClientTimes[]): ClientTimes {
  const of = (each: (time: ClientTimes) => number): number => quantile(times.map(each), 0.1);
  return { nanoseconds: of(({ nanoseconds }) => nanoseconds), cpu: of(({ cpu }) => cpu) };
}

process.on('disconnect', () => process.exit());
process.send?.(await sample(JSON.parse(process.argv[2] ?? '') as ClientOrder), () => process.exit());
