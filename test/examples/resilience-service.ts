import { expect } from 'vitest';
import type { LiveState, PolicyState } from '../../examples/resilience/src/operations/live-state.js';
import { startProcess, type RunningProcess } from './running-process.js';

/** The resilience example as a process of its own. */
export interface ResilienceService extends RunningProcess {
  /** Of the orders; the payment service has another. */
  readonly url: string;
  readonly management: string;
}

export const patiently = { interval: 20, timeout: 20_000 };

export async function startResilience(env: Readonly<Record<string, string>> = {}): Promise<ResilienceService> {
  const service = await startProcess(process.execPath, ['examples/resilience/dist/main.js'], env);
  const urlIn = (line: RegExp): string => line.exec(service.output())?.[1] ?? '';
  const page = /The page is on (http:[\d.:/]+\d),/;
  const probes = /'management' listens on (http:[\d.:/]+\d)/;
  // The lines of the log and those of the example itself come in any order.
  await expect.poll(() => [page, probes].every((line) => line.test(service.output())), patiently).toBe(true);
  return { ...service, url: urlIn(page), management: urlIn(probes) };
}

export interface Sent {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: unknown;
}

export async function send(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Sent> {
  const answer = await fetch(url, {
    method,
    headers: { connection: 'close', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get('content-type') ?? '');
  return {
    status: answer.status,
    retryAfter: answer.headers.get('retry-after'),
    body: isJson ? JSON.parse(text) : text,
  };
}

export async function stateOf(url: string): Promise<LiveState> {
  return (await send('GET', `${url}/live`)).body as LiveState;
}

/** One policy of one pipeline, as the page sees it. */
export async function policyOf(url: string, pipeline: string, kind: string): Promise<PolicyState> {
  const { pipelines } = await stateOf(url);
  const policy = pipelines.find(({ name }) => name === pipeline)?.policies.find((each) => each.kind === kind);
  if (policy === undefined) throw new Error(`There is no ${kind} in the pipeline ${pipeline}.`);
  return policy;
}
