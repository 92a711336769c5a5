import { asyncProperty, check } from 'fast-check';
import { BootReport } from '../../src/foundation/index.js';
import { ClassValidation } from '../../src/validation/index.js';
import { bodiesPerClass, settings, validationCase, type ValidationCase } from './arbitrary-classes.js';
import { askBowline, askLibraries, differenceOf, withoutUnknown } from './compare.js';
import { declareClass, forgetClasses } from './declare-class.js';
import { hasMethod } from '../../src/validation/without-methods.js';
import { writeBody } from './write-body.js';

export interface DifferenceOptions {
  /** Bodies, of which each class gets ten. */
  readonly cases: number;
  readonly seed: number;
  readonly onCase?: (done: number) => void;
}

export interface Finding {
  readonly reason: string;
  readonly type: string;
  readonly body: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

export interface Tally {
  /** Bodies that both sides were asked about. */
  cases: number;
  classes: number;
  /** Valid by class-validator. */
  valid: number;
  /** Of these, how many a compiled builder took over. */
  built: number;
  /** Of these, how many have a Map with something in it, and how many a Set. */
  builtMaps: number;
  builtSets: number;
  /** How often each decorator stood on a property. */
  readonly used: Map<string, number>;
  /** The decorators on classes of which a builder took something over. */
  readonly builtWith: Set<string>;
  /** The smallest case of a difference. */
  finding: Finding | undefined;
}

/** Looks for a class and a body on which Bowline and the two libraries differ. */
export async function findDifferences({ cases, seed, onCase }: DifferenceOptions): Promise<Tally> {
  const tally: Tally = {
    cases: 0,
    classes: 0,
    valid: 0,
    built: 0,
    builtMaps: 0,
    builtSets: 0,
    used: new Map(),
    builtWith: new Set(),
    finding: undefined,
  };
  const validations = new Map(
    settings.map((each) => [each, new ClassValidation(new BootReport(), { ...each, limits: { depth: 512 } })]),
  );
  const holds = asyncProperty(validationCase, async (given) => {
    const finding = await compareCase(given, validations.get(given.settings), tally);
    onCase?.(tally.cases);
    if (finding !== undefined) tally.finding = finding;
    return finding === undefined;
  });
  await check(holds, { numRuns: Math.ceil(cases / bodiesPerClass), seed });
  return tally;
}

async function compareCase(
  { type: spec, settings: given, bodies }: ValidationCase,
  validation: ClassValidation | undefined,
  tally: Tally,
): Promise<Finding | undefined> {
  forgetClasses();
  const decorators = new Map<string, number>();
  const type = declareClass(spec, decorators);
  for (const [name, count] of decorators) tally.used.set(name, (tally.used.get(name) ?? 0) + count);
  const validator = await validation?.validatorOf(type, { source: 'body', array: false, where: 'a case' });
  if (validator === undefined) return undefined;
  tally.classes++;
  for (const body of bodies) {
    const text = writeBody(spec, body);
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    // Twice: class-transformer may change what it is given.
    const ours = await askBowline(validator, JSON.parse(text));
    const theirs = await askLibraries(type, value, given);
    tally.cases++;
    if (theirs.kind === 'valid') tally.valid++;
    if (ours.kind === 'valid' && ours.built) {
      tally.built++;
      const members = Object.values(ours.instance as object);
      if (members.some((each) => each instanceof Map && each.size > 0)) tally.builtMaps++;
      if (members.some((each) => each instanceof Set && each.size > 0)) tally.builtSets++;
      for (const name of decorators.keys()) tally.builtWith.add(name);
    }
    // class-transformer drops them, and nobody would say so.
    if ('unknown' in given && given.unknown === 'refuse' && hasMethod(value)) {
      if (ours.kind !== 'valid') continue;
      return { reason: 'not refused', type: JSON.stringify({ ...given, ...spec }), body: text, ours, theirs };
    }
    let reason = differenceOf(ours, theirs);
    // class-transformer fails on some values that are stripped afterwards; here they are not looked at. A function that
    // transforms may have seen that they are there. It fails on what is called as a method of every object as well, and copies none of it.
    for (const read of [JSON.parse, parseWithoutMethods]) {
      for (const instead of ['everything', 'nothing', 'null'] as const) {
        if (reason === undefined || theirs.kind !== 'failed') break;
        const all: unknown = read(text);
        const known = instead === 'everything' ? all : withoutUnknown(spec, all, instead, 'groups' in given);
        reason = differenceOf(ours, await askLibraries(type, known, given));
      }
    }
    if (reason !== undefined) return { reason, type: JSON.stringify({ ...given, ...spec }), body: text, ours, theirs };
  }
  return undefined;
}

function parseWithoutMethods(text: string): unknown {
  return JSON.parse(text, (name, value: unknown) => (name in Object.prototype ? undefined : value));
}
