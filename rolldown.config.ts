import { readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';

interface Package {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

const { exports } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as Package;

/** The file of each subpath of the package, by its name in `dist`. */
const subpaths = Object.values(exports)
  .flatMap((path) => (typeof path === 'string' ? [] : [path.default]))
  .map((path) => path.slice('./dist/'.length, -'.js'.length));

/** What scripts load that use policies alone. */
const foundation = /\/src\/(foundation|resilience)\//;

/** What every application loads beside it, whatever it imports. */
const core = /\/src\/(?!entries\/|tools\/|features\/client\/|providers\/(?!node\/))/;

/** A provider, together with all that its file imports. What it imports later stays a file of its own. */
const provider = /\/src\/providers\/(\w+)\/index\.ts$/;

/**
 * A few files in place of three hundred: Node finds, reads and links each one of its own whenever an application starts.
 * Nothing is made shorter, and classes keep their names, so that a stack trace says where it comes from.
 */
export default defineConfig({
  input: {
    ...Object.fromEntries(subpaths.map((path) => [path, `src/${path}.ts`])),
    // What was compiled on the fly imports it by its URL, from beside `bowline/register`.
    'entries/runtime-helpers': 'src/tools/register/runtime-helpers.ts',
  },
  platform: 'node',
  external: /^[^./]/,
  tsconfig: 'tsconfig.build.json',
  output: {
    dir: 'dist',
    cleanDir: true,
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    codeSplitting: {
      groups: [
        { name: 'foundation', test: foundation },
        { name: 'core', test: core },
        { debugName: 'providers', name: (file) => provider.exec(file)?.[1] ?? null, test: provider },
      ],
    },
    minify: false,
    minifyInternalExports: false,
    keepNames: true,
    // They stand in the declarations.
    comments: { jsdoc: false },
  },
});
