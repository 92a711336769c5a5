/**
 * Packs the built package, installs it into an empty project with no optional peer, imports every entry that needs
 * none, and type-checks a file that names every export of the root with the libraries' own types checked too. Then does
 * in another project what README.md says under "In a project of your own".
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  await followReadme(join(project, packed.filename), join(project, 'readme'));
} finally {
  rmSync(project, { recursive: true, force: true });
}

/** Installs, compiles and runs as the README says, with the versions of this project in place of the newest ones. */
async function followReadme(tarball: string, folder: string): Promise<void> {
  const readme = readFileSync('README.md', 'utf8');
  const section = /^## In a project of your own$.*?(?=^## )/ms.exec(readme)?.[0] ?? '';
  const [install = '', develop = ''] = blocksOf('sh', section);
  const [settings = ''] = blocksOf('json', section);
  const [main = ''] = blocksOf('ts', readme);
  const [, loader = ''] = /^node --watch (--import \S+) src\/main\.ts/m.exec(develop) ?? [];
  if (!develop.includes('npx tsc && node dist/main.js') || loader === '')
    throw new Error('README.md says another way to run a project; scripts/packed-install.ts has to follow it.');

  mkdirSync(join(folder, 'src'), { recursive: true });
  for (const line of install.trim().split('\n')) {
    const words = (line.split('#')[0] ?? '').trim().split(/\s+/);
    const pinned = words.map((word) => (word === name ? tarball : `${word}${version(word)}`));
    run('sh', ['-c', `${pinned.join(' ')}${line.startsWith('npm install') ? ' --no-audit --no-fund' : ''}`], folder);
  }
  writeFileSync(join(folder, 'tsconfig.json'), settings);
  // Any free port, since 3000 may be taken where this runs.
  writeFileSync(join(folder, 'src/main.ts'), main.replace('listen(3000)', "listen({ port: 0, host: '127.0.0.1' })"));
  await greet([...loader.split(' '), 'src/main.ts'], folder);
  run('npx', ['tsc'], folder);
  await greet(['dist/main.js'], folder);
  console.log('followed README.md in a project of its own');
}

function blocksOf(language: string, text: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, block]) => block ?? '');
}

function version(word: string): string {
  const wanted = devDependencies[word];
  return wanted === undefined ? '' : `@${wanted}`;
}

/** Starts the program, asks it once and stops it. */
async function greet(args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let printed = '';
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        const found = /listens on (http:\/\/[\d.:]+\d)/.exec(printed)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once('exit', () => reject(new Error(`node ${args.join(' ')} ended before it listened:\n${printed}`)));
    });
    const said = await (await fetch(`${url}/greetings/Ada`)).text();
    if (said !== '{"message":"Hello, Ada"}') throw new Error(`The code of README.md answers ${said}`);
  } finally {
    child.kill();
  }
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`);
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
