import { defineConfig } from 'vitest/config';

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: {
    alias: [
      { find: /^bowline$/, replacement: new URL('./src/entries/bowline.ts', import.meta.url).pathname },
      { find: /^bowline\/(.+)$/, replacement: new URL('./src/entries/', import.meta.url).pathname + '$1.ts' },
    ],
  },
  test: { include: ['test/**/*.test.ts'], fsModuleCache: false, pool: 'forks', testTimeout: 20_000 },
});
