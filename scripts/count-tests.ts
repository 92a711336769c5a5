/** Prints "passed failed" of the runner's JSON report; a file that could not be run counts as one failure. */
import { existsSync, readFileSync } from 'node:fs';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

const file = process.argv[2] ?? '';
if (existsSync(file)) {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((each) => each.status === 'failed'),
  );
  console.log(report.numPassedTests, report.numFailedTests + broken.length);
} else {
  console.log(0, 1);
}
