import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { divideGracePeriod, exitCodes } from '../../src/lifecycle/index.js';

function read(page: string): string {
  return readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
}

const guide = read('guides/graceful-operation.md');

it('docs/guides/graceful-operation.md shows how a grace period is divided', () => {
  const rows = guide.matchAll(/^\| `?(\w+)`? \| (\d+) \| (\d+) \| (\d+) \|/gm);
  const shown = Object.fromEntries([...rows].map(([, name = '', ...values]) => [name, values.slice(0, 3).map(Number)]));
  const kubernetes = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };
  const budgets = [
    divideGracePeriod({}, { environment: {}, isInteractive: false }),
    divideGracePeriod({}, { environment: {}, isInteractive: true }),
    divideGracePeriod({}, { environment: kubernetes, isInteractive: false }),
  ];
  const names = ['gracePeriod', 'lameDuckDelay', 'drainTimeout', 'abortGrace', 'stopTimeout', 'reserve'] as const;
  expect(shown).toEqual(Object.fromEntries(names.map((name) => [name, budgets.map((budget) => budget[name].value)])));
});

it.each([
  ['30 s in Kubernetes', 46, 30_000, true],
  ['30 s elsewhere', 40, 30_000, false],
  ['40 s in Kubernetes', 60, 40_000, true],
])('a request of %s fits into a grace period of %i s', (_what, seconds, request, isKubernetes) => {
  const environment = {
    BOWLINE_GRACE_PERIOD: String(seconds),
    ...(isKubernetes ? { KUBERNETES_SERVICE_HOST: '10.0.0.1' } : {}),
  };
  const { drainTimeout } = divideGracePeriod({}, { environment, isInteractive: false });
  expect(drainTimeout.value).toBeGreaterThanOrEqual(request);
});

it.each(['guides/graceful-operation.md', 'architecture/stop.md'])('docs/%s lists every exit code', (page) => {
  const codes = [...read(page).matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  expect(new Set(codes.filter((code) => code !== 137))).toEqual(new Set(Object.values(exitCodes)));
});

it('docs/architecture/stop.md names files that are there', () => {
  const files = [...read('architecture/stop.md').matchAll(/\b[a-z]+\/[a-z-]+\.ts\b/g)].map(([file]) => file);
  expect(files.length).toBeGreaterThan(8);
  expect(files.filter((file) => !existsSync(new URL(`../../src/${file}`, import.meta.url)))).toEqual([]);
});
