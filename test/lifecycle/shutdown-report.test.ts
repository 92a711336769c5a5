import { expect, it } from 'vitest';
import { describeReport, ShutdownReport, type ServerStopReport } from '../../src/lifecycle/index.js';

const quiet: ServerStopReport = {
  name: 'admin',
  inFlight: 0,
  finished: 0,
  abandoned: 0,
  cut: 0,
  refused: 0,
  connections: { idle: 0, active: 0, told: 0, open: 0 },
  routes: [],
  cuts: [],
  running: 0,
  hooks: [],
};

const busy: ServerStopReport = {
  ...quiet,
  name: 'main',
  inFlight: 2,
  finished: 5,
  cut: 1,
  connections: { idle: 3, active: 1, told: 0, open: 0 },
  routes: [{ method: 'GET', route: '/orders/:id', inFlight: 2, finished: 5, cut: 1 }],
  cuts: [{ method: 'GET', route: '/orders/:id', age: 4_200 }],
  hooks: [{ hook: 'PreShutdown', name: 'leave the registry', duration: 20, error: new Error('no answer') }],
};

function makeReport(servers: readonly ServerStopReport[]): ShutdownReport {
  let now = 0;
  const report = new ShutdownReport({ kind: 'signal', signal: 'SIGTERM' }, new Date(0), {
    phase: () => 'stopped',
    elapsed: () => now,
    remaining: () => 0,
    servers: () => servers,
  });
  report.enter('draining');
  now = 1_500;
  report.enter('stopping');
  now = 1_530;
  report.enter('stopped');
  report.services.push(
    { name: 'queue', step: 'drain', duration: 100, error: new Error('no broker') },
    { name: 'queue', duration: 12, error: new Error('not open') },
    { name: 'Pool', duration: 18 },
    ...['A', 'B', 'C'].map((name) => ({ name, duration: 0.2 })),
  );
  report.close();
  return report;
}

it('says what was, and not what was nothing', () => {
  expect(describeReport(makeReport([busy, quiet]))).toBe(`\
Stopped by SIGTERM in 1.5 s, exit code 20: 1 request was cut; failed: leave the registry, queue
  phases       draining 1.5 s, stopping 30 ms
  requests     2 in flight at the start; since then 5 finished, 0 left by their clients, 0 refused, 1 cut
  server       main: 2 in flight, 5 finished, 1 cut; connections closed: 3 idle, 1 cut
               GET /orders/:id: 2 in flight, 5 finished, 1 cut
               cut: GET /orders/:id, 4.2 s old
  PreShutdown  leave the registry: 20 ms, failed: no answer
  server       admin: no requests; no connections
  service      queue, drain: 100 ms, failed: no broker
  service      queue: 12 ms, failed: not open
  service      Pool: 18 ms
  services     3 more closed at once`);
});

it('says why its exit code is what it is', () => {
  const report = makeReport([{ ...quiet, running: 1 }]);
  report.services.length = 0;
  expect(describeReport(report)).toContain('exit code 20: no request was cut; 1 handler ran on\n');
  report.uncaught.push(new Error('thrown by nobody'));
  expect(describeReport(report)).toContain(
    'exit code 1: no request was cut; 1 handler ran on; an error came that nobody caught',
  );
  expect(describeReport(report)).toContain('  uncaught     thrown by nobody');
  expect(report.toJSON()).toMatchObject({ exitCode: 1, uncaught: ['thrown by nobody'] });
});

it('is plain data as JSON, with the words of every error', () => {
  const { servers, services, phases } = JSON.parse(JSON.stringify(makeReport([busy, quiet]))) as Record<string, object>;
  expect(phases).toEqual({ draining: 1_500, stopping: 30 });
  expect(servers).toMatchObject([
    { name: 'main', hooks: [{ hook: 'PreShutdown', name: 'leave the registry', error: 'no answer' }] },
    { name: 'admin' },
  ]);
  expect(Object.keys((servers as unknown as readonly object[])[1] ?? {})).not.toContain('hooks');
  expect(services).toContainEqual({ name: 'queue', step: 'drain', duration: 100, error: 'no broker' });
});
