import { appendMetadata, describeValue, misuseKey, nameOf, nearestName, type ClassType } from '../foundation/index.js';

/** What the arguments of a decorator tell about where it was put. */
export type Placement =
  | { readonly on: 'class'; readonly target: ClassType }
  | { readonly on: 'method'; readonly target: ClassType; readonly property: string }
  | {
      readonly on: 'field' | 'accessor' | 'static member';
      readonly target: ClassType;
      readonly property: string;
    }
  | { readonly on: 'parameter'; readonly target: ClassType; readonly property: string; readonly index: number }
  | { readonly on: 'constructor parameter'; readonly target: ClassType; readonly index: number };

/** Reads the arguments of any legacy decorator. */
export function placementOf(target: object, key?: string | symbol, third?: unknown): Placement {
  const owner = (typeof target === 'function' ? target : target.constructor) as ClassType;
  if (key === undefined) {
    return typeof third === 'number'
      ? { on: 'constructor parameter', target: owner, index: third }
      : { on: 'class', target: owner };
  }
  const property = String(key);
  if (typeof target === 'function') return { on: 'static member', target: owner, property };
  if (typeof third === 'number') return { on: 'parameter', target: owner, property, index: third };
  const descriptor = third as PropertyDescriptor | undefined;
  if (typeof descriptor?.value === 'function') return { on: 'method', target: owner, property };
  return { on: descriptor?.get || descriptor?.set ? 'accessor' : 'field', target: owner, property };
}

/** Records that `decorator` stands where it has no meaning. Boot reports it, as throwing here would hide the rest. */
export function recordMisuse(decorator: string, placement: Placement, problem: string): void {
  const parameter = 'index' in placement ? { parameter: placement.index } : {};
  const method = placement.on === 'parameter' ? { method: placement.property } : {};
  const where = describePlace(placement);
  appendMetadata(misuseKey, placement.target, { decorator, where, problem, ...parameter, ...method });
}

function describePlace(placement: Placement): string {
  const owner = nameOf(placement.target);
  switch (placement.on) {
    case 'class':
      return owner;
    case 'method':
    case 'field':
    case 'accessor':
    case 'static member':
      return `${owner}.${placement.property}`;
    case 'parameter':
      return `parameter ${placement.index + 1} of ${owner}.${placement.property}`;
    case 'constructor parameter':
      return `parameter ${placement.index + 1} of the constructor of ${owner}`;
  }
}

/**
 * Whether a decorator factory was itself used as a decorator (`@Get` for `@Get()`): its arguments are then those of a
 * decorator. Records the misuse.
 */
export function isUsedWithoutCall(decorator: string, args: readonly unknown[]): boolean {
  const [target, key, third] = args;
  const isMember = typeof target === 'object' && target !== null && typeof key === 'string' && args.length === 3;
  const isConstructorParameter = typeof target === 'function' && args.length === 3 && typeof third === 'number';
  if (!isMember && !isConstructorParameter) return false;
  const placement = placementOf(target, key as string | undefined, third);
  recordMisuse(decorator, placement, missingCall(decorator));
  return true;
}

/** The same for a decorator of classes, whose first argument is never a class when it is called. */
export function isClassDecoratorUsedWithoutCall(decorator: string, argument: unknown): boolean {
  if (typeof argument !== 'function') return false;
  recordMisuse(decorator, placementOf(argument), missingCall(decorator));
  return true;
}

/** Records what a decorator of classes was given and does not know; compilers see it only where nothing is `any`. */
export function recordWrongOptions(
  decorator: string,
  placement: Placement,
  given: object,
  known: Readonly<Record<string, readonly unknown[] | undefined>>,
): void {
  for (const [name, value] of Object.entries(given)) {
    const values = known[name];
    if (!Object.hasOwn(known, name)) {
      const nearest = nearestName(name, Object.keys(known));
      const mend = nearest === undefined ? `known: ${Object.keys(known).join(', ')}` : `write ${nearest}`;
      recordMisuse(decorator, placement, `has no option ${name}; ${mend}`);
    } else if (values !== undefined && value !== undefined && !values.includes(value)) {
      recordMisuse(
        decorator,
        placement,
        `has the ${name} ${describeValue(value)}, which is none of ${values.join(', ')}`,
      );
    }
  }
}

/** Whether options are an object; anything else is recorded. */
export function areOptions(decorator: string, placement: Placement, given: unknown, expected: string): boolean {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return true;
  recordMisuse(decorator, placement, `has ${describeValue(given)}; it takes ${expected}`);
  return false;
}

/** Why a value is no version and no list of versions, as a clause. */
export function versionProblem(version: unknown): string | undefined {
  if (Array.isArray(version) && version.length === 0)
    return 'has an empty list of versions, so no request would find it';
  const wrong = (Array.isArray(version) ? (version as unknown[]) : [version]).filter(
    (each) => typeof each !== 'string' || each === '',
  );
  return wrong.length === 0 ? undefined : `has the version ${describeValue(wrong[0])}; a version is a text, as in '1'`;
}

export const scopes: readonly string[] = ['singleton', 'request', 'transient'];

const takesArguments = new Set([
  '@Deadline',
  '@Header',
  '@HttpCode',
  '@Inject',
  '@MultiInject',
  '@Named',
  '@Redirect',
  '@Tagged',
  '@Version',
]);

function missingCall(decorator: string): string {
  if (!decorator.startsWith('@')) return 'is written without its parentheses';
  return `is written without its parentheses; write ${decorator}(${takesArguments.has(decorator) ? '...' : ''})`;
}
