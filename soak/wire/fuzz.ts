import { isDeepStrictEqual } from 'node:util';
import { asyncProperty, check } from 'fast-check';
import { fuzzCase, type FuzzCase } from './arbitrary-requests.js';
import { describe, exchange, type Outcome, type WireRequest } from './exchange.js';
import { readAnswers } from './read-answers.js';
import { WireConnection } from './wire-connection.js';
import type { WireTarget } from './wire-target.js';

export interface FuzzOptions {
  readonly targets: readonly WireTarget[];
  /** Cases that are sent to each target. */
  readonly cases: number;
  readonly seed: number;
  /** Cases that are under way at once. */
  readonly lanes: number;
  /** Called after each case. */
  readonly onCase?: (done: number) => void;
}

/** A request that the targets did not answer alike, or not as any server may. */
export interface Finding {
  /** With it, and as many lanes, the same cases are made. */
  readonly seed: number;
  /** The smallest request that shows it. */
  readonly request: WireRequest;
  readonly reason: string;
  /** By the name of the target. */
  readonly outcomes: Readonly<Record<string, Outcome>>;
}

/** No more is looked for once so much has been found: it is one mistake, most likely. */
const maxFindings = 20;

/** Sends generated requests to all targets at once and compares what they answer. */
export async function fuzz(
  options: FuzzOptions,
): Promise<{ readonly cases: number; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  let done = 0;
  const count = (): void => {
    done++;
    options.onCase?.(done);
  };
  const { cases, lanes, seed, targets } = options;
  await Promise.all(
    Array.from({ length: Math.min(lanes, cases) }, async (_, index) => {
      const share = Math.floor(cases / lanes) + (index < cases % lanes ? 1 : 0);
      const lane = new Lane(targets, count);
      try {
        await lane.run(share, seed + index, findings);
      } finally {
        lane.close();
      }
    }),
  );
  return { cases: done, findings };
}

/** One case after the other, on connections that are kept while every target keeps them. */
class Lane {
  readonly #targets: readonly WireTarget[];
  readonly #count: () => void;
  #connections: readonly WireConnection[] | undefined;
  #last: Omit<Finding, 'seed'> | undefined;

  constructor(targets: readonly WireTarget[], count: () => void) {
    this.#targets = targets;
    this.#count = count;
  }

  async run(cases: number, seed: number, findings: Finding[]): Promise<void> {
    let left = cases;
    for (let round = 0; left > 0 && findings.length < maxFindings; round++) {
      // A finding ends fast-check's run; the next begins with a seed of its own. Shrinking sends more cases, uncounted.
      const roundSeed = seed + round * 1_000_003;
      const details = await check(
        asyncProperty(fuzzCase, (each) => this.#holds(each)),
        { numRuns: left, seed: roundSeed },
      );
      left -= details.numRuns;
      if (!details.failed) return;
      if (this.#last === undefined) throw details.errorInstance ?? new Error('A case failed and left no finding.');
      findings.push({ seed: roundSeed, ...this.#last });
    }
  }

  close(): void {
    for (const connection of this.#connections ?? []) connection.destroy();
    this.#connections = undefined;
  }

  async #holds(given: FuzzCase): Promise<boolean> {
    const outcomes = given.whole
      ? await this.#onKept(given)
      : await Promise.all(this.#targets.map((each) => exchange(each, given)));
    this.#count();
    const reason = reasonAgainst(outcomes);
    if (reason === undefined) return true;
    this.close();
    const { whole: _, ...request } = given;
    const names = this.#targets.map(({ name }) => name);
    // fast-check comes with ever smaller ones; the last that fails is the smallest.
    this.#last = {
      request,
      reason,
      outcomes: Object.fromEntries(outcomes.map((outcome, index) => [names[index], outcome])),
    };
    return false;
  }

  async #onKept({ steps }: FuzzCase): Promise<Outcome[]> {
    try {
      const connections = (this.#connections ??= await Promise.all(
        this.#targets.map((each) => WireConnection.open(each)),
      ));
      const bytes = Buffer.from(steps.join(''), 'latin1');
      await Promise.all(connections.map((each) => each.send(bytes)));
      const outcomes = connections.map((each) => ({
        answers: readAnswers(each.take()),
        open: !each.closed,
        afterEnd: [],
      }));
      if (!outcomes.every(({ open, answers }) => open && answers.length > 0)) this.close();
      return outcomes;
    } catch (error) {
      this.close();
      return [{ answers: [], open: false, afterEnd: [], failure: describe(error) }];
    }
  }
}

/** What no request may bring about, however broken it is; then whether all targets did the same. */
function reasonAgainst(outcomes: readonly Outcome[]): string | undefined {
  for (const { answers, afterEnd, failure } of outcomes) {
    if (failure !== undefined) return failure;
    for (const { status } of [...answers, ...afterEnd]) {
      if (!status.startsWith('HTTP/1.1 ')) return 'bytes that are no answer';
      if (status.startsWith('HTTP/1.1 500')) return 'an error inside of the server';
    }
  }
  const [first, ...others] = outcomes;
  return others.every((outcome) => isDeepStrictEqual(outcome, first)) ? undefined : 'different answers';
}
