import { describe, expect, it } from 'vitest';
import {
  describeReport,
  ShutdownReport,
  type Phase,
  type ServerStopReport,
  type StopReason,
} from '../../src/lifecycle/index.js';

const quiet: ServerStopReport = {
  name: 'main',
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

function makeReport(
  servers: readonly Partial<ServerStopReport>[],
  reason: StopReason = { kind: 'signal', signal: 'SIGTERM' },
): ShutdownReport {
  let elapsed = 0;
  const report = new ShutdownReport(reason, new Date(0), {
    phase: () => 'stopped',
    elapsed: () => elapsed,
    remaining: () => 0,
    servers: () => servers.map((server) => ({ ...quiet, ...server })),
  });
  const steps: readonly [Phase, number][] = [
    ['lame-duck', 500],
    ['draining', 1_200],
    ['stopping', 20],
    ['stopped', 0],
  ];
  for (const [phase, duration] of steps) {
    report.enter(phase);
    elapsed += duration;
  }
  return report;
}

describe('the text of a report', () => {
  it('says what was finished, by whom, and where the time went', () => {
    const report = makeReport([
      {
        inFlight: 1,
        finished: 3,
        connections: { idle: 2, told: 1, active: 0, open: 0 },
        routes: [{ method: 'GET', route: '/orders/:id', inFlight: 1, finished: 3, cut: 0 }],
      },
      { name: 'admin' },
    ]);
    report.hooks.push({ hook: 'OnLameDuck', name: 'Registry.leave', duration: 12 });
    report.services.push({ step: 'drain', name: 'OrderConsumer', duration: 300 });
    report.services.push({ step: 'close', name: 'Database', duration: 5 });

    expect(describeReport(report)).toBe(
      [
        'Stopped by SIGTERM in 1.7 s, exit code 0: no request was cut',
        '  phases        lame-duck 500 ms, draining 1.2 s, stopping 20 ms',
        '  requests      1 in flight when the stop began; since then 3 finished, 0 cut',
        '  server        main: 1 in flight, 3 finished, 0 cut; connections closed: 1 after its last answer, 2 idle',
        '                  GET /orders/:id: 1 in flight, 3 finished, 0 cut',
        '  server        admin: 0 in flight, 0 finished, 0 cut; no connections',
        '  OnLameDuck    Registry.leave: 12 ms',
        '  drain         OrderConsumer: 300 ms',
        '  close         Database: 5 ms',
      ].join('\n'),
    );
  });

  it('names what was cut, left undone and failed', () => {
    const report = makeReport([
      {
        inFlight: 2,
        cut: 2,
        abandoned: 1,
        refused: 4,
        connections: { idle: 0, told: 2, active: 1, open: 1 },
        cuts: [{ method: 'GET', route: '/stuck', age: 2_298 }],
        running: 1,
        hooks: [{ hook: 'PreShutdown', name: 'last words', duration: 3, error: new Error('nobody listens') }],
      },
    ]);
    report.leftovers.push({ name: 'OrderConsumer', active: 2 });
    report.services.push({ step: 'close', name: 'Database', duration: 5_000, error: new Error('it hangs') });
    report.activeHandles = ['Timeout'];

    const text = describeReport(report);
    expect(text).toContain(
      'exit code 20: 2 requests were cut; OrderConsumer had to stop in the middle; failed: last words, Database\n',
    );
    expect(text).toContain(
      '; since then 0 finished, 2 cut, 1 left by their clients, 4 refused unrun, for their clients to send again\n',
    );
    expect(text).toContain('; connections closed: 2 after their last answer, 1 cut, 1 still open\n');
    expect(text).toContain('\n                  cut: GET /stuck, 2.3 s old\n');
    expect(text).toContain('\n                  1 handler still ran when services had to be closed\n');
    expect(text).toContain('\n                  PreShutdown last words: 3 ms, failed: nobody listens\n');
    expect(text).toContain('\n  close         Database: 5.0 s, failed: it hangs\n');
    expect(text).toContain('\n  left undone   OrderConsumer: 2 under way\n');
    expect(text).toMatch(/\n {2}kept alive by Timeout$/);
  });

  it('explains an exit code of 20 where no request was cut', () => {
    const report = makeReport([{ running: 2 }]);
    expect(describeReport(report)).toContain(
      'exit code 20: no request was cut; 2 handlers still ran when services had to be closed\n',
    );
  });

  it('says that there is none before a stop', () => {
    expect(describeReport(undefined)).toBe('No stop has begun.');
  });
});
