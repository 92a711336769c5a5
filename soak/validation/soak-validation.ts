import { inspect } from 'node:util';
import { findDifferences, type Finding } from './find-differences.js';
import { exportedDecorators } from './rule-samples.js';

export interface ValidationSoakOptions {
  readonly cases: number;
  readonly seed: number;
}

/** How often the progress is told. Milliseconds. */
const progressInterval = 5_000;

/** Compares Bowline with class-validator and class-transformer, and prints what came of it. False where they differ. */
export async function soakValidation({ cases, seed }: ValidationSoakOptions): Promise<boolean> {
  console.log(`${cases} bodies for classes of every decorator; seed ${seed}`);
  const start = performance.now();
  let last = start;
  const tally = await findDifferences({
    cases,
    seed,
    onCase: (done) => {
      if (performance.now() - last < progressInterval) return;
      last = performance.now();
      console.log(`  ${done} of ${cases}`);
    },
  });
  const seconds = (performance.now() - start) / 1_000;
  const decorators = exportedDecorators().filter((name) => tally.used.has(name));
  console.log(
    `  ${tally.classes} classes, ${tally.cases} bodies in ${seconds.toFixed(1)} s: ${tally.valid} valid, ${tally.built} built, ${tally.builtMaps} with a Map, ${tally.builtSets} with a Set; ${decorators.length} decorators`,
  );
  if (tally.finding !== undefined) printFinding(tally.finding);
  console.log(tally.finding === undefined ? 'No difference.' : '1 finding.');
  return tally.finding === undefined;
}

function printFinding({ reason, type, body, ours, theirs }: Finding): void {
  console.log(`\n${reason}\n  class    ${type}\n  body     ${body}`);
  for (const [name, verdict] of Object.entries({ bowline: ours, libraries: theirs }))
    console.log(`  ${name.padEnd(8)} ${inspect(verdict, { depth: 8 })}`);
}
