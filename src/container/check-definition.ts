import {
  checkOptions,
  customOption,
  describeValue,
  isClass,
  stringOption,
  type BootReport,
  type OptionRules,
} from '../foundation/index.js';
import { asList, type ModuleOptions } from './define-module.js';

const listOption = customOption('a list', Array.isArray);

const rules: OptionRules = {
  name: stringOption,
  imports: listOption,
  controllers: listOption,
  services: listOption,
  server: stringOption,
  prefix: stringOption,
  bind: customOption('a function', (value) => typeof value === 'function'),
};

/** Reports every mistake in what defineModule was given. Returns whether everything that it lists can be bound. */
export function checkDefinition(options: ModuleOptions, module: string, report: BootReport): boolean {
  const before = report.problems.length;
  if (typeof options !== 'object' || options === null) {
    report.add('BOW_OPTION_INVALID', { option: module, got: describeValue(options), expected: 'an object' });
    return false;
  }
  checkOptions(report, module, options, rules);
  checkClasses(options.controllers, `controllers`, module, report);
  checkClasses(options.services, `services`, module, report);
  return report.problems.length === before;
}

function checkClasses(given: unknown, list: string, module: string, report: BootReport): void {
  // Array.from, because a hole is as undefined as an entry that is.
  for (const [index, entry] of Array.from(asList(given)).entries()) {
    if (!isClass(entry))
      report.add('BOW_NOT_A_CLASS', { place: `${list}[${index}] of ${module}`, got: describeValue(entry) });
  }
}
