import { classChain, nameOf, type BootReport, type ClassType } from '../foundation/index.js';
import { checkValidation, toldValidation, type ValidationOptions } from '../validation/index.js';
import { writtenStages } from './plan-stages.js';

/** What the ValidationPipes of a controller and of one of its methods say, from the widest to the nearest. */
export interface ValidationLevels {
  readonly ofController: readonly ValidationOptions[];
  readonly ofRoute: readonly ValidationOptions[];
}

/** Reads them. Wrong options are reported. */
export function validationLevels(controller: ClassType, method: string, report: BootReport): ValidationLevels {
  const baseFirst = classChain(controller).toReversed();
  const levelOf = (type: ClassType, property: string | undefined): readonly ValidationOptions[] => {
    const place = property === undefined ? nameOf(type) : `${nameOf(controller)}.${method}`;
    const written = writtenStages(type, property).filter(({ kind }) => kind === 'pipe');
    const said = written.flatMap(({ uses, decorator }) => saidBy(uses, `${decorator} of ${place}`, report));
    reportContradiction(said, `${written[0]?.decorator} of ${place}`, report);
    return said;
  };
  return {
    ofController: baseFirst.flatMap((type) => levelOf(type, undefined)),
    ofRoute: baseFirst.flatMap((type) => levelOf(type, method)),
  };
}

/** What the ValidationPipes among some pipes say. */
export function saidBy(uses: readonly unknown[], where: string, report: BootReport): readonly ValidationOptions[] {
  return uses.flatMap((use) => {
    const told = toldValidation(use);
    if (told === undefined) return [];
    if (typeof (use as { readonly transform?: unknown }).transform === 'function') {
      const name = nameOf((use as object).constructor as ClassType);
      const reason = `${name} extends ValidationPipe, of which no method is called: it only says options. Write a pipe of its own, and put it beside a ValidationPipe`;
      report.add('BOW_STAGE_INVALID', { where, reason });
      return [];
    }
    checkValidation(told, `ValidationPipe in ${where}`, report);
    return typeof (told as unknown) === 'object' && (told as unknown) !== null ? [told] : [];
  });
}

/** Of ValidationPipes at one place, none is nearer than another. */
export function reportContradiction(said: readonly ValidationOptions[], where: string, report: BootReport): void {
  if (said.length < 2) return;
  const names = [...new Set(said.flatMap((options) => Object.keys(options)))] as (keyof ValidationOptions)[];
  for (const name of names) {
    const values = said.flatMap(({ [name]: value }) => (value === undefined ? [] : [JSON.stringify(value)]));
    const [one, ...others] = new Set(values);
    if (others.length === 0) continue;
    const reason = `two ValidationPipes stand there, and of ${name} one says ${one} and the other ${others[0]}. Say it once`;
    report.add('BOW_STAGE_INVALID', { where, reason });
  }
}
