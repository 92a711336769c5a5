/**
 * Packs the built package, installs it into an empty project with no optional peer, imports every entry that needs
 * none, and type-checks a file that names every export of the root with the libraries' own types checked too.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const { name, devDependencies, peerDependencies, peerDependenciesMeta } = manifest;
const peers = Object.keys(peerDependencies);
const optional = peers.filter((peer) => peerDependenciesMeta[peer]?.optional === true);
const required = peers.filter((peer) => !optional.includes(peer));

const project = mkdtempSync(join(tmpdir(), `${name}-packed-`));
try {
  const [packed] = JSON.parse(run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', project])) as {
    filename: string;
    size: number;
    entryCount: number;
  }[];
  if (packed === undefined) throw new Error('npm pack made nothing.');
  console.log(`packed ${packed.filename}: ${packed.entryCount} files, ${Math.round(packed.size / 1024)} KiB`);

  write('package.json', JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  const wanted = [...required, 'typescript', '@types/node'].map((each) => `${each}@${devDependencies[each] ?? '*'}`);
  run('npm', ['install', '--no-audit', '--no-fund', `./${packed.filename}`, ...wanted], project);
  const stray = optional.filter((peer) => existsSync(join(project, 'node_modules', peer)));
  if (stray.length > 0) throw new Error(`The install brought optional peers along: ${stray.join(', ')}`);

  const names = JSON.parse(
    node(`console.log(JSON.stringify(Object.keys(await import('${name}')).filter((each) => each !== 'default')))`),
  ) as string[];
  console.log(`imported ${names.length} exports of ${name}`);
  node(`await import('${name}/testing')`);
  console.log(`imported ${name}/testing`);

  write('main.ts', `import { ${names.join(', ')} } from '${name}';\nexport const all = [${names.join(', ')}];\n`);
  write('testing.ts', `export * from '${name}/testing';\nexport * from '${name}/register';\n`);
  const compilerOptions = {
    target: 'es2023',
    module: 'nodenext',
    lib: ['es2023', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  };
  write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['main.ts', 'testing.ts'] }));
  run(process.execPath, ['node_modules/typescript/bin/tsc'], project);
  console.log('type-checked them with skipLibCheck: false');
} finally {
  rmSync(project, { recursive: true, force: true });
}

function write(file: string, text: string): void {
  writeFileSync(join(project, file), text);
}

function node(script: string): string {
  return run(process.execPath, ['--input-type=module', '--eval', script], project);
}

function run(command: string, args: readonly string[], cwd = process.cwd()): string {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    process.stderr.write(`${command} ${args.join(' ')}\n${stdout ?? ''}${stderr ?? ''}`);
    throw error;
  }
}
