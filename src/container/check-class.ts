import {
  classChain,
  emittedParameterTypes,
  isDecoratedElsewhere,
  misuseKey,
  nameOf,
  ownMetadata,
  type BootReport,
  type ClassType,
} from '../foundation/index.js';
import { hasOwnConstructor, parameterName } from './class-source.js';
import { injectableKey, injectFromBaseKey } from './injectable.js';
import { isIdentifier } from './prepare-class.js';
import { isCircular, isDecided, writtenInjections, type WrittenInjection } from './written-injections.js';

/**
 * Reports what keeps a bound class from being built: no decorator, types that were lost, injections of its base that
 * it does not inherit. Returns whether Inversify could build it.
 */
export function checkClass(type: ClassType, module: string, report: BootReport): boolean {
  reportMisuses(type, report);
  if (reportSecondCopy(type, report)) return false;
  const checks = [
    checkConstructor(type, module, report),
    checkProperties(type, report),
    checkInheritance(type, report),
  ];
  return checks.every((isSound) => isSound);
}

/** Reports decorators of a class and its bases that stand where they have no meaning. */
export function reportMisuses(type: ClassType, report: BootReport): void {
  for (const current of classChain(type)) {
    for (const misuse of ownMetadata(misuseKey, current)) report.add('BOW_DECORATOR_MISUSED', misuse);
  }
}

function reportSecondCopy(type: ClassType, report: BootReport): boolean {
  const foreign = classChain(type).find(isDecoratedElsewhere);
  if (foreign === undefined) return false;
  // A library's module and each of its classes are one mistake.
  if (!report.problems.some(({ code }) => code === 'BOW_TWO_COPIES'))
    report.add('BOW_TWO_COPIES', { package: 'bowline', found: `${nameOf(foreign)} was decorated by another one` });
  return true;
}

function checkConstructor(type: ClassType, module: string, report: BootReport): boolean {
  const written = writtenInjections(type).parameters;
  const emitted = emittedParameterTypes(type);
  const count = Math.max(type.length, written.length);
  const undecided = Array.from({ length: count }, (_, index) => index).filter((index) => !isDecided(written[index]));
  if (undecided.length === 0) return true;
  // One that carries @Body has been named as misused already.
  const misuses = ownMetadata(misuseKey, type).filter(({ method }) => method === undefined);
  const misused = new Set(misuses.map(({ parameter }) => parameter));
  const lost = undecided.filter((index) => !misused.has(index));
  if (lost.length === 0) return false;
  if (emitted !== undefined || lost.every((index) => written[index] !== undefined)) {
    for (const index of lost) {
      const name = parameterName(type, index);
      const where = `constructor parameter ${index + 1}${name === undefined ? '' : ` (${name})`}`;
      reportLostType(type, where, written[index], emitted?.[index], report);
    }
  } else if (isMetadataSplit()) {
    const found = `what was written about ${nameOf(type)} went to another one`;
    report.add('BOW_TWO_COPIES', { package: 'reflect-metadata', found });
  } else if (written.length > 0 || ownMetadata(injectableKey, type).length > 0) {
    report.add('BOW_NO_METADATA', { name: nameOf(type) });
  } else {
    report.add('BOW_UNDECORATED_CLASS', { name: nameOf(type), module, count: type.length });
  }
  return false;
}

function checkProperties(type: ClassType, report: BootReport): boolean {
  const lost = [...writtenInjections(type).properties].filter(([, property]) => !isDecided(property));
  for (const [key, property] of lost) {
    const emitted: unknown = Reflect.getMetadata('design:type', type.prototype as object, key);
    reportLostType(type, `the property ${String(key)}`, property, emitted, report);
  }
  return lost.length === 0;
}

const readAtLoad = Reflect.getMetadata;

/**
 * Whether what is written now cannot be read by the copy of reflect-metadata that was there when this file was loaded.
 * Inversify loads `reflect-metadata/lite`, which replaces the functions but shares their store.
 */
function isMetadataSplit(): boolean {
  const probe = (): void => {};
  Reflect.defineMetadata('bowline:probe', true, probe);
  return readAtLoad('bowline:probe', probe) !== true;
}

function reportLostType(
  type: ClassType,
  place: string,
  written: WrittenInjection | undefined,
  emitted: unknown,
  report: BootReport,
): void {
  const seen = written !== undefined && isCircular(written) ? undefined : emitted;
  const where = `${place} of ${nameOf(type)}`;
  report.add('BOW_CONSTRUCTOR_TYPE_LOST', { where, emitted: nameOf(seen), mend: mendFor(seen) });
}

function mendFor(emitted: unknown): string {
  switch (emitted) {
    case undefined:
      return 'Its file and this one import each other: move what both need into a third file, or write @Inject(new LazyServiceIdentifier(() => Type)).';
    case Object:
    case Function:
      return 'If it is a class, import it with "import { X }" instead of "import type { X }", alone and not as a union; if it is an interface, write @Inject(token), or make it an abstract class.';
    case Array:
      return 'Write @MultiInject(Type) to take every binding of a type, or @Inject(token) to take one that is an array.';
    default:
      return isIdentifier(emitted)
        ? 'Write @Inject(Type) beside its other decorators.'
        : 'A plain value has no type to be found by: write @Inject(token), and bind the token with toConstantValue.';
  }
}

/** Names the class nearest to the root that breaks the line, because mending that one may mend the others. */
function checkInheritance(type: ClassType, report: BootReport): boolean {
  const chain = classChain(type);
  if (lostBy(chain, 0).length === 0) return true;
  for (let index = chain.length - 2; index >= 0; index -= 1) {
    const [current, base] = [chain[index], chain[index + 1]];
    const lost = lostBy(chain, index);
    if (lost.length === 0 || current === undefined || base === undefined) continue;
    report.add('BOW_LOST_INJECTIONS', { name: nameOf(current), base: nameOf(base), lost });
    break;
  }
  return false;
}

function lostBy(chain: readonly ClassType[], index: number): string[] {
  const [type, base] = [chain[index], chain[index + 1]];
  return type === undefined || base === undefined ? [] : lostInjections(type, base);
}

/** Compares what is there, so that Inversify's own `@injectFromBase` and `@injectFromHierarchy` count as well. */
function lostInjections(type: ClassType, base: ClassType): string[] {
  const own = writtenInjections(type);
  const inherited = inheritedInjections(base);
  const lost: string[] = [];
  const count = Math.max(inherited.parameters, constructorLength(base));
  if (!hasOwnConstructor(type) && count > own.parameters.length) {
    lost.push(count === 1 ? 'its constructor parameter' : `its ${count} constructor parameters`);
  }
  // Whoever wrote @InjectFromBase chose what it leaves out.
  if (ownMetadata(injectFromBaseKey, type).length > 0) return lost;
  for (const key of inherited.properties) if (!own.properties.has(key)) lost.push(`the property ${String(key)}`);
  for (const key of inherited.postConstruct)
    if (!own.postConstruct.has(key)) lost.push(`@PostConstruct ${String(key)}`);
  for (const key of inherited.preDestroy) if (!own.preDestroy.has(key)) lost.push(`@PreDestroy ${String(key)}`);
  return lost;
}

interface Inherited {
  readonly parameters: number;
  readonly properties: ReadonlySet<string | symbol>;
  readonly postConstruct: ReadonlySet<string | symbol>;
  readonly preDestroy: ReadonlySet<string | symbol>;
}

function inheritedInjections(base: ClassType): Inherited {
  const chain = classChain(base);
  const builder = chain.findIndex(hasOwnConstructor);
  const written = chain.map(writtenInjections);
  return {
    parameters: builder === -1 ? 0 : (written[builder]?.parameters.length ?? 0),
    properties: new Set(written.flatMap((each) => [...each.properties.keys()])),
    postConstruct: new Set(written.flatMap((each) => [...each.postConstruct])),
    preDestroy: new Set(written.flatMap((each) => [...each.preDestroy])),
  };
}

/** How many arguments the constructor that `new type()` reaches needs. */
function constructorLength(type: ClassType): number {
  return classChain(type).find(hasOwnConstructor)?.length ?? 0;
}
