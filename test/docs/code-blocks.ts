import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const compiler = `${root}node_modules/typescript/bin/tsc`;

/** One fenced block of TypeScript in a document. */
export interface CodeBlock {
  /** The file that it names with `run=`; undefined where it names none. */
  readonly name: string | undefined;
  readonly line: number;
  readonly text: string;
}

/** The blocks of a document of docs/, by its path in there. */
export async function codeBlocksOf(document: string): Promise<CodeBlock[]> {
  const text = await readFile(`${root}docs/${document}`, 'utf8');
  return [...text.matchAll(/^```ts(?: run=(\S+))?\n(.*?)^```$/gms)].map((match) => ({
    name: match[1],
    line: text.slice(0, match.index).split('\n').length,
    text: match[2] ?? '',
  }));
}

/** Writes the blocks of a guide that name a file, and resolves with the folder. */
export async function writeGuide(guide: string): Promise<string> {
  const blocks = await codeBlocksOf(`guides/${guide}.md`);
  const files = blocks.flatMap(({ name, text }) => (name === undefined ? [] : [[name, text] as const]));
  return writeGenerated(`${guide.replaceAll('/', '-')}-guide`, Object.fromEntries(files));
}

/** A folder beside this file, inside the repository, so that `bowline` means this package. It is not in git. */
export async function writeGenerated(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  const path = fileURLToPath(new URL(`.generated/${folder}/`, import.meta.url));
  await rm(path, { recursive: true, force: true });
  const settings = {
    extends: '../../../../tsconfig.json',
    // A guide declares what it shows and need not use it, and a class in it may be of any shape.
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, moduleDetection: 'force' },
    files: Object.keys(files),
  };
  for (const [name, text] of Object.entries({ ...files, 'tsconfig.json': JSON.stringify(settings) })) {
    await mkdir(dirname(path + name), { recursive: true });
    await writeFile(path + name, text);
  }
  return path;
}

/** What the compiler says of a folder made by {@link writeGenerated}; empty where it accepts it. */
export function typeCheck(folder: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { cwd: folder }, (_error, stdout) =>
      // What lies outside is the business of the type check of everything.
      resolve(stdout.replaceAll(/^\.\.\/.*\n(?: .*\n)*/gm, '')),
    );
  });
}

/**
 * What the compiler says of each of these documents, with their own lines; nothing of one that it accepts. It runs once
 * for all, since most of its time goes into what they all import.
 */
export async function typeCheckDocuments(documents: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const placed = new Map<string, { readonly document: string; readonly line: number }>();
  const files: Record<string, string> = {};
  for (const [index, document] of documents.entries()) {
    for (const { name, line, text } of await codeBlocksOf(document)) {
      // In a folder for each document: blocks import each other by the names that they have.
      const file = `${index}/${name ?? `line-${line}.ts`}`;
      placed.set(file, { document, line });
      files[file] = text;
    }
  }
  const said = await typeCheck(await writeGenerated('documents', files));
  const problems = new Map<string, string>();
  for (const problem of said.match(/^\S.*\n(?: .*\n)*/gm) ?? []) {
    const [, file = '', line, rest = problem] = /^([^(]+)\((\d+),\d+\): (.*)$/s.exec(problem) ?? [];
    const { document, line: begin } = placed.get(file) ?? { document: 'the compiler', line: 0 };
    problems.set(document, `${problems.get(document) ?? ''}line ${begin + Number(line ?? 0)}: ${rest}`);
  }
  return problems;
}
