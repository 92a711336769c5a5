import type { Application, LoadableProvider } from 'bowline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApplication } from '../../soak/wire/application.js';
import { exchange, type Outcome, type WireRequest } from '../../soak/wire/exchange.js';
import { startSocketMonitor } from '../../soak/wire/socket-monitor.js';
import { WireTarget } from '../../soak/wire/wire-target.js';
import { RecordedLog } from '../conformance/harness/recorded-log.js';
import { bodyRequests } from './requests/bodies.js';
import { connectionRequests } from './requests/connections.js';
import { framingRequests } from './requests/framings.js';
import { headRequests } from './requests/heads.js';
import { methodRequests } from './requests/methods.js';
import type { RequestTable } from './requests/request-bytes.js';
import { targetRequests } from './requests/targets.js';

const tables: Readonly<Record<string, RequestTable>> = {
  targets: targetRequests,
  methods: methodRequests,
  heads: headRequests,
  framings: framingRequests,
  bodies: bodyRequests,
  connections: connectionRequests,
};

/** Differences that stay, by the name of the request, each with its reason. */
const tolerated: Readonly<Record<string, string>> = {};

const providers: readonly LoadableProvider[] = ['node', 'fastify', 'express', 'koa', 'hono'];

interface Served {
  readonly app: Application;
  readonly log: RecordedLog;
  readonly target: WireTarget;
}

let served: readonly Served[];
let monitor: Awaited<ReturnType<typeof startSocketMonitor>>;

beforeAll(async () => {
  monitor = await startSocketMonitor();
  served = await Promise.all(
    providers.map(async (name) => {
      const log = new RecordedLog();
      const app = await startApplication(name, log);
      return { app, log, target: new WireTarget(name, Number(new URL(app.url).port), monitor.port) };
    }),
  );
});

afterAll(async () => {
  for (const { app, target } of served) {
    target.close();
    await app.close();
  }
  monitor.close();
});

describe.each(Object.keys(tables))('every provider gives the same answer to all %s', (kind) => {
  const table = tables[kind] ?? {};
  const summary: string[] = [];

  test.each(Object.keys(table))('%s', async (name) => {
    const given = table[name] ?? '';
    const request = typeof given === 'string' ? { steps: [given] } : given;
    const [expected, ...others] = await Promise.all(served.map((each) => ask(each, request)));
    summary.push(`${name} -> ${expected === undefined ? '' : summarise(expected)}`);
    if (name in tolerated) return;
    for (const [index, outcome] of others.entries()) {
      expect({ provider: providers[index + 1], ...outcome }).toEqual({ provider: providers[index + 1], ...expected });
    }
  });

  test('as it is written down', async () => {
    await expect(`${summary.join('\n')}\n`).toMatchFileSnapshot(`answers/${kind}.txt`);
  });
});

/** Warnings and errors in the log are part of the outcome. */
async function ask(
  { target, log }: Served,
  request: WireRequest,
): Promise<Outcome & { readonly log: readonly string[] }> {
  const outcome = await exchange(target, request);
  return { ...outcome, log: log.rest().map(({ level, message }) => `${level}: ${message}`) };
}

/** Statuses, and what becomes of the connection: `200, 404, open; when the client ends: 400`. */
function summarise({ answers, open, afterEnd, failure }: Outcome): string {
  const statuses = (list: Outcome['answers']): string[] => list.map(({ status }) => status.replace('HTTP/1.1 ', ''));
  const ending = afterEnd.length === 0 ? '' : `; when the client ends: ${statuses(afterEnd).join(', ')}`;
  return failure ?? [...statuses(answers), open ? 'open' : 'closed'].join(', ') + ending;
}
