/** Runs the conformance suite and writes into docs/providers.md what each provider can do and was held to. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exceptions } from '../test/conformance/harness/exceptions.js';
import { matrixIn, providerMatrix } from '../test/conformance/harness/provider-matrix.js';
import { readSuiteName } from '../test/conformance/harness/suite-name.js';

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly status: string;
      readonly title: string;
    }[];
  }[];
}

const page = new URL('../docs/providers.md', import.meta.url);
const counts = new Map<string, number>();
const skipped = new Set<string>();
for (const { assertionResults } of runSuite().testResults) {
  for (const { ancestorTitles, status, title } of assertionResults) {
    if (status !== 'passed') skipped.add(title);
    const suite =
      status === 'passed' ? ancestorTitles.map(readSuiteName).find((name) => name !== undefined) : undefined;
    if (suite === undefined) continue;
    const key = `${suite.kind} ${suite.provider}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
}
for (const title of Object.keys(exceptions)) {
  if (![...skipped].some((each) => each.startsWith(`${title}, not on `)))
    throw new Error(`exceptions.ts excuses from '${title}', which is the title of no behaviours.`);
}
const document = readFileSync(page, 'utf8');
const matrix = await providerMatrix((kind, provider) => counts.get(`${kind} ${provider}`) ?? 0);
writeFileSync(
  page,
  document.replace(matrixIn(document), () => matrix),
);

function runSuite(): Report {
  const folder = mkdtempSync(join(tmpdir(), 'bowline-matrix-'));
  const file = join(folder, 'report.json');
  try {
    const args = ['run', 'test/conformance', '--reporter=dot', '--reporter=json', `--outputFile.json=${file}`];
    const { status } = spawnSync('vitest', args, { stdio: 'inherit' });
    if (status !== 0) throw new Error('The matrix is written only where every behaviour holds.');
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
