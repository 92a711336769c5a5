import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPeer, type Size, type StartContestant } from './start-contestants.js';

const bench = fileURLToPath(new URL('..', import.meta.url));
const applications = join(bench, 'start-up/applications');
const compiler = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url));

/** As tsconfig.json of the project has them, for one folder alone: what is imported is neither read nor checked. */
const compilerOptions =
  '--ignoreConfig --noCheck --noResolve --target es2023 --module nodenext --verbatimModuleSyntax --types node ' +
  '--experimentalDecorators --emitDecoratorMetadata --useDefineForClassFields false';

/** Applications that were written to be started, and are removed when the run ends. */
export interface WrittenApplications {
  /** The file to start, of one contestant. */
  entryOf(contestant: StartContestant): string;
  remove(): void;
}

/**
 * Writes each application with `size` controllers, as its compiler leaves it: a file of JavaScript for each controller
 * with its service and its classes, which share no function with those of another.
 */
export function writeApplications(contestants: readonly StartContestant[], size: Size): WrittenApplications {
  const folders = new Map<string, string>();
  const remove = (): void => {
    for (const folder of folders.values()) rmSync(folder, { recursive: true, force: true });
  };
  // Also the way out of a run that is interrupted.
  process.once('exit', remove);
  for (const contestant of contestants) {
    const { sources } = contestant;
    if (folders.has(sources)) continue;
    // Beside what it imports, which is not found from a folder of the system's.
    const folder = mkdtempSync(join(isPeer(contestant) ? join(bench, 'peers') : bench, '.generated-'));
    folders.set(sources, folder);
    writeApplication(isPeer(contestant) ? join(bench, 'peers/start-up', sources) : join(applications, sources), folder);
    multiply(folder, size);
  }
  return { entryOf: ({ sources }) => join(folders.get(sources) ?? '', 'entry.js'), remove };
}

function writeApplication(sources: string, folder: string): void {
  const files = readdirSync(sources).map((file) => join(sources, file));
  compile(files, sources, folder);
  compile([join(applications, 'entry.ts')], applications, folder);
}

function compile(files: readonly string[], rootDir: string, outDir: string): void {
  const args = [...compilerOptions.split(' '), '--rootDir', rootDir, '--outDir', outDir, ...files];
  const { status, stdout, stderr } = spawnSync(compiler, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`An application to start does not compile.\n${stdout}${stderr}`);
}

/**
 * Of the one controller that people wrote as many as are asked for, each under names and a path of its own, in one
 * module, as a bundler leaves it: what Node takes to find and read files is the same for everybody.
 */
function multiply(folder: string, size: Size): void {
  const original = join(folder, 'account.js');
  if (!existsSync(original)) return;
  const text = readFileSync(original, 'utf8');
  rmSync(original);
  const imports = text.match(/^import .*$/gm) ?? [];
  const rest = text.replaceAll(/^import .*$/gm, '').replaceAll(/^export /gm, '');
  const copies = Array.from({ length: size }, (_, index) => {
    const own = rest.replaceAll('Account', `Account${index}`).replaceAll("'/accounts", `'${pathOf(index)}`);
    return `{\n${own}accounts.push(account);\n}\n`;
  });
  const module = [...imports, 'export const accounts = [];', ...copies].join('\n');
  writeFileSync(join(folder, 'accounts.js'), module);
}

/** Where one of the controllers is asked. */
export function pathOf(index: number): string {
  return `/accounts-${index}`;
}
