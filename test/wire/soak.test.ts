import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the soak sends its cases to a process for each provider, and says what came of them', async () => {
  const { code, output } = await soak('wire', '--cases', '300', '--seed', '5', '--providers', 'node,koa');

  expect(output).toMatch(/^300 cases for each of node, koa; seed 5$/m);
  expect(output).toMatch(/^300 cases in [\d.]+ s: \d+ cases a second, \d+ exchanges a second$/m);
  expect(output).toMatch(/^ +node +heap [\d.]+ -> [\d.]+ MiB$/m);
  expect(output).toMatch(/^No crash, no hang, no difference, no growth\.$/m);
  expect(code).toBe(0);
});

test('the soak streams downloads and uploads through a process for each provider, beside one by hand', async () => {
  const { code, output } = await soak('transfer', '--mib', '16', '--rounds', '1', '--providers', 'koa');

  expect(output).toMatch(/^16 MiB in each direction, rounds: 1, on by hand, koa$/m);
  for (const name of ['by hand', 'koa']) {
    // Name, MiB/s, ratio, CPU, and memory twice: once for each way. Times are not asserted.
    const lines = output.match(new RegExp(`^ +${name}( +[\\d.]+){5}`, 'gm'));
    expect(lines).toHaveLength(3);
    // Provider, route, size, status, CPU, and memory twice.
    const bombs = output.match(
      new RegExp(`^ +${name} +/[a-z-]+ +(1 MiB +201|50 MB +413|1 GiB +413)( +[\\d.]+){3}`, 'gm'),
    );
    expect(bombs ?? []).toHaveLength(name === 'by hand' ? 0 : 6);
  }
  expect(output).toMatch(/^No more memory is held than is wanted\.$/m);
  expect(code).toBe(0);
});

test('the soak stops applications under load, and compares their accounts with those of their clients', async () => {
  const { code, output } = await soak('stop', '--stops', '2', '--providers', 'node,fastify');

  expect(output).toMatch(/^2 stops for each of node, fastify; seed \d+$/m);
  expect(output).toMatch(/^ +fastify +\d{3,} requests answered, 0 lost, 0 cut, 0 accounts wrong, 0 failures/m);
  expect(output).toMatch(/^No request was lost, and every account was right\.$/m);
  expect(code).toBe(0);
});

test('the soak breaks requests off, and counts what was made for them and disposed of', async () => {
  const { code, output } = await soak('scope', '--cases', '3000', '--seed', '7', '--providers', 'node,hono');

  expect(output).toMatch(/^3000 requests for each of node, hono, a third of them broken off; seed 7$/m);
  expect(output).toMatch(
    /^ +node +\d{3,} answered, \d{3,} broken off; (\d{4,}) made, \1 disposed of, 0 twice, 0 used too late; heap/m,
  );
  expect(output).toMatch(/^Every instance was disposed of once, and nothing is held\.$/m);
  expect(code).toBe(0);
});

test('the soak compares the validation of generated classes with that of the two libraries', async () => {
  const { code, output } = await soak('validation', '--cases', '500', '--seed', '3');

  expect(output).toMatch(/^500 bodies for classes of every decorator; seed 3$/m);
  expect(output).toMatch(
    /^ +\d{2} classes, \d{3} bodies in [\d.]+ s: \d{2,} valid, \d{2,} built, \d+ with a Map, \d+ with a Set; \d{2,} decorators$/m,
  );
  expect(output).toMatch(/^No difference\.$/m);
  expect(code).toBe(0);
});

test.each([
  [[], 'Say which soak is to be run'],
  [['nothing'], "the soak 'nothing' is unknown"],
  [['wire', '--providers', 'nothing'], "--providers 'nothing' is unknown"],
  [['wire', '--nothing'], "Unknown option '--nothing'"],
  [['wire', '--cases', '0'], "--cases '0' is no whole number"],
  [['transfer', '--mib', 'many'], "--mib 'many' is no whole number"],
  [['stop', '--stops', '0'], "--stops '0' is no whole number"],
])('the soak refuses %j with a sentence and the usage', async (args, sentence) => {
  const { code, output } = await soak(...args);

  expect(code).toBe(2);
  expect(output).toContain(sentence);
  expect(output).toContain('npm run soak');
});

function soak(...args: string[]): Promise<{ readonly code: unknown; readonly output: string }> {
  return new Promise((resolve) => {
    const command = ['--import', 'bowline/register', 'soak/main.ts', ...args];
    execFile(process.execPath, command, { cwd: root }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr });
    });
  });
}
