import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

// The built package, imported by its own name in a process of its own. `npm run build` comes first.
const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the script prints as JSON; `files` are those of the package that were loaded by then. */
async function run(script: string, ...nodeOptions: readonly string[]): Promise<unknown> {
  const watched = `
    import { registerHooks } from 'node:module';
    const files = [];
    registerHooks({ load(url, context, next) {
      if (url.includes('/dist/') && !url.includes('/node_modules/')) files.push(url.slice(url.indexOf('/dist/') + 6));
      return next(url, context);
    } });
    console.log(JSON.stringify(await (async () => { ${script} })()));`;
  const args = [...nodeOptions, '--input-type=module', '--eval', watched];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return JSON.parse(stdout);
}

test('importing bowline reads a handful of its files', async () => {
  const files = await run(`await import('bowline'); return files;`);

  expect(files).toEqual(['entries/bowline.js', 'chunks/core.js', 'chunks/rolldown-runtime.js', 'chunks/foundation.js']);
});

test('importing bowline/resilience leaves the framework alone', async () => {
  const files = await run(`await import('bowline/resilience'); return files;`);

  expect(files).toEqual(['entries/resilience.js', 'chunks/foundation.js', 'chunks/rolldown-runtime.js']);
});

test('bowline/register leaves the framework to the application', async () => {
  const files = await run(`await import('bowline/register'); return files;`);

  expect(files).not.toContain('chunks/core.js');
});

test.each(['fastify', 'express', 'koa', 'hono'])('%s is one provider, by its subpath and by its name', async (name) => {
  const isOne = await run(`
    const { HttpProvider, loadProvider } = await import('bowline');
    const [[, Provider]] = Object.entries(await import('bowline/${name}')).filter(([key]) => key.endsWith('Provider'));
    const loaded = await loadProvider('${name}');
    return loaded instanceof Provider && loaded instanceof HttpProvider;`);

  expect(isOne).toBe(true);
});

test('classes have the names under which they are exported', async () => {
  const renamed = await run(`
    const classes = Object.entries(await import('bowline')).filter(([, each]) => /^class\\b/.test(String(each)));
    return [classes.length > 50, ...classes.filter(([key, each]) => key !== each.name).map(([key]) => key)];`);

  expect(renamed).toEqual([true]);
});

test('a stack trace with source maps names the sources', async () => {
  const stack = await run(
    `const { createApplication } = await import('bowline');
     return createApplication({ gracePeriod: 'long' }).catch((error) => error.stack);`,
    '--enable-source-maps',
  );

  expect(stack).toMatch(/src\/application\/create-application\.ts:\d+/);
});
