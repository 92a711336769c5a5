import { loadProvider, type LoadableProvider, type ProviderCapabilities } from 'bowline';
import { exceptions } from './exceptions.js';
import { suiteKinds, type SuiteKind } from './suite-name.js';

export const begin = '<!-- `npm run matrix` writes from here on -->';
export const end = '<!-- to here -->';

const providers: readonly LoadableProvider[] = ['node', 'fastify', 'express', 'koa', 'hono'];

const meanings: Readonly<Record<keyof ProviderCapabilities, string>> = {
  fastEmptyRequests: "`emptyRequests: 'fast'`",
  upgrade: 'a native listener for upgraded connections',
};

const labels: Readonly<Record<SuiteKind, string>> = {
  behaviours: 'behaviours it is held to',
  'of them over https too': 'of them over TLS as well',
  'of them as tsc compiles them': 'of them as `tsc` compiles controllers as well',
};

/** How many behaviours of a kind a provider was held to. */
export type CountOf = (kind: SuiteKind, provider: string) => number;

/** What each provider can do, how many behaviours it is held to, and from which it is excused. */
export async function providerMatrix(countOf: CountOf): Promise<string> {
  const loaded = await Promise.all(providers.map((name) => loadProvider(name)));
  const capabilities = Object.entries(meanings).map(([name, meaning]) => [
    `\`${name}\`: ${meaning}`,
    ...loaded.map((each) => (each.capabilities[name as keyof ProviderCapabilities] ? 'yes' : 'no')),
  ]);
  const counts = suiteKinds.map((kind) => [labels[kind], ...providers.map((name) => String(countOf(kind, name)))]);
  const excused = Object.entries(exceptions).flatMap(([title, each]) =>
    Object.entries(each).map(([name, reason]) => [title, name, reason]),
  );
  return [
    table([['', ...providers], ...capabilities, ...counts]),
    table([['Excused from', 'Provider', 'Because'], ...excused]),
  ].join('\n\n');
}

/** The numbers of a matrix that was written before. */
export function countsOf(matrix: string): CountOf {
  const rows = matrix.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  return (kind, provider) => {
    const row = rows.find(([, label]) => label === labels[kind]) ?? [];
    return Number(row[providers.findIndex((name) => name === provider) + 2]);
  };
}

/** What stands between the two marks of a document. Throws where they are missing. */
export function matrixIn(document: string): string {
  const [before, ...rest] = document.split(`${begin}\n\n`);
  const [matrix, after] = rest.join('').split(`\n\n${end}`);
  if (before === undefined || matrix === undefined || after === undefined)
    throw new Error(`docs/providers.md has lost its marks: ${begin} and ${end}`);
  return matrix;
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
