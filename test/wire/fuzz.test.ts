import type { Application, LoadableProvider } from 'bowline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApplication } from '../../soak/wire/application.js';
import { fuzz } from '../../soak/wire/fuzz.js';
import { startSocketMonitor } from '../../soak/wire/socket-monitor.js';
import { WireTarget } from '../../soak/wire/wire-target.js';
import { RecordedLog } from '../conformance/harness/recorded-log.js';

const providers: readonly LoadableProvider[] = ['node', 'fastify', 'express', 'koa', 'hono'];

/** As many as end within half a minute on a slow machine; `npm run soak -- wire` sends more. */
const cases = 3_000;

const log = new RecordedLog();
let monitor: Awaited<ReturnType<typeof startSocketMonitor>>;
let apps: readonly Application[];
let targets: readonly WireTarget[];

beforeAll(async () => {
  monitor = await startSocketMonitor();
  apps = await Promise.all(providers.map((name) => startApplication(name, log)));
  targets = apps.map(
    (app, index) => new WireTarget(providers[index] ?? '', Number(new URL(app.url).port), monitor.port),
  );
});

afterAll(async () => {
  for (const target of targets) target.close();
  for (const app of apps) await app.close();
  monitor.close();
});

test.each([
  ['that are the same each time', 1],
  ['that nobody has seen yet', Math.floor(Math.random() * 0x7fff_ffff)],
])(
  'every provider gives the same answer to broken requests %s (seed %i)',
  async (_what, seed) => {
    const { findings } = await fuzz({ targets, cases, seed, lanes: 16 });
    expect(findings).toEqual([]);
    expect(log.rest()).toEqual([]);
  },
  120_000,
);

test('leaves no connection behind', async () => {
  await expect.poll(() => apps.map((app) => app.servers['main']?.connections)).toEqual(providers.map(() => 0));
});
