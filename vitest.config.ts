import { defineConfig } from 'vitest/config';

// The CI run counts from the runner's own report.
const report = process.env['TEST_REPORT'];

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: {
    // Tests read the sources; those that want the built package start a process of their own.
    alias: [
      { find: /^bowline$/, replacement: new URL('./src/entries/bowline.ts', import.meta.url).pathname },
      { find: /^bowline\/(.+)$/, replacement: new URL('./src/entries/', import.meta.url).pathname + '$1.ts' },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    reporters: [
      'default',
      './test/conformance/harness/count-reporter.ts',
      ...(report === undefined ? [] : [['json', { outputFile: report }] satisfies [string, object]]),
    ],
    fsModuleCache: false,
    pool: 'forks',
    // By default one less than there are cores, which of two leaves one: most tests wait for sockets and timers.
    maxWorkers: 2,
    testTimeout: 45_000,
  },
});
