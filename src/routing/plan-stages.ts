import { bindingName, ConfiguredStage, isStageFactory, type GraphBinding } from '../container/index.js';
import {
  classChain,
  describeValue,
  isClass,
  nameOf,
  ownMetadata,
  type BootReport,
  type ClassType,
} from '../foundation/index.js';
import { toldValidation } from '../validation/index.js';
import { stageKinds, stageMethods, type StageDescription, type StageKind, type StageLevel } from '../http/index.js';
import { catchKey, orderKey, stageKey, transportKey, type StageMetadata } from './stage-metadata.js';

/** One stage of one route, and how it is come by. */
export interface PlannedStage {
  readonly description: StageDescription;
  readonly source: StageSource;
}

/** A binding of the container, or what was handed in ready-made. */
export type StageSource =
  | { readonly kind: 'binding'; readonly binding: GraphBinding }
  | { readonly kind: 'value'; readonly value: unknown };

/** A stage that stands on every route of a server, or of all of them. */
export interface GlobalStage {
  readonly kind: StageKind;
  readonly level: 'global' | 'server';
  readonly binding: GraphBinding;
}

/** What the stages of one server's routes are planned with. */
export interface StagePlanning {
  readonly report: BootReport;
  /** What the calls come by: a stage that needs another one is a mistake. */
  readonly transport: string;
  /** Those of one server, in the order in which they run. */
  globalsOf(server: string): readonly GlobalStage[];
  /** The binding of a class or configured stage that was given to a `@Use…`; undefined where that is no such thing, or could not be bound. */
  bindingOf(use: unknown): GraphBinding | undefined;
}

/** The stages of everything that a server answers, whether a route was found or not: middleware and filters. */
export function planServerStages(server: string, planning: StagePlanning): readonly PlannedStage[] {
  return planning
    .globalsOf(server)
    .map(planGlobal)
    .filter(({ description: { kind } }) => kind === 'middleware' || kind === 'filter');
}

export interface StagedMethod {
  readonly controller: ClassType;
  readonly name: string;
  readonly server: string;
}

/** The stages of one route: global ones first, then those of its server, its controller and itself; filters the other way round. */
export function planStages(method: StagedMethod, planning: StagePlanning): readonly PlannedStage[] {
  const { controller, name, server } = method;
  const globals = planning.globalsOf(server).map(planGlobal);
  // A base class says it first: what guards it has to guard what extends it, also a method that is written and decorated anew.
  const baseFirst = classChain(controller).toReversed();
  const ofController = baseFirst.flatMap((type) =>
    writtenStages(type, undefined).flatMap((entry) => planUses(entry, nameOf(type), 'controller', planning)),
  );
  const place = `${nameOf(controller)}.${name}`;
  const ofRoute = baseFirst
    .flatMap((type) => writtenStages(type, name))
    .flatMap((entry) => planUses(entry, place, 'route', planning));
  const all = [...globals, ...ofController, ...ofRoute];
  if (all.length === 0) return all;
  // Asked in this order: what stands nearest to the handler first, and of one place as it was written.
  const filters = [...ofRoute, ...nearestClassFirst(ofController), ...nearestFirst(globals)];
  return inOrderOfCall([...all.filter((stage) => !isFilter(stage)), ...filters.filter(isFilter)]);
}

/** As a call passes them: one kind after the other, each in the order in which it was given. */
export function inOrderOfCall(stages: readonly PlannedStage[]): readonly PlannedStage[] {
  return stages.toSorted((a, b) => stageKinds.indexOf(a.description.kind) - stageKinds.indexOf(b.description.kind));
}

/** Pipes of one parameter alone. */
export function planPipes(
  uses: readonly unknown[],
  place: { readonly where: string; readonly decorator: string; readonly index: number },
  planning: StagePlanning,
): readonly PlannedStage[] {
  return uses.flatMap((use) => {
    const planned = planUse('pipe', use, { ...place, level: 'parameter' }, planning);
    return planned === undefined
      ? []
      : [{ ...planned, description: { ...planned.description, parameter: place.index } }];
  });
}

function isFilter({ description: { kind } }: PlannedStage): boolean {
  return kind === 'filter';
}

/** A class before its base, each as it was written. */
function nearestClassFirst(stages: readonly PlannedStage[]): readonly PlannedStage[] {
  const byClass = Map.groupBy(stages, ({ description: { from } }) => from);
  return [...byClass.values()].toReversed().flat();
}

/** Those of the server before those of all. */
function nearestFirst(globals: readonly PlannedStage[]): readonly PlannedStage[] {
  return [
    ...globals.filter(({ description: { level } }) => level === 'server'),
    ...globals.filter(({ description: { level } }) => level === 'global'),
  ];
}

/** In the order in which they stand in the source: decorators run from the last to the first. */
export function writtenStages(type: ClassType, property: string | undefined): readonly StageMetadata[] {
  return ownMetadata(stageKey, type)
    .filter((entry) => entry.property === property)
    .toReversed();
}

function planUses(
  { kind, decorator, uses }: StageMetadata,
  where: string,
  level: StageLevel,
  planning: StagePlanning,
): PlannedStage[] {
  // It says how values are validated, and works on none.
  const stages = kind === 'pipe' ? uses.filter((use) => toldValidation(use) === undefined) : uses;
  return stages.flatMap((use) => planUse(kind, use, { where, decorator, level }, planning) ?? []);
}

interface UsePlace {
  readonly where: string;
  readonly decorator: string;
  readonly level: StageLevel;
}

/** One thing that was given to a `@Use…` or its like; what cannot be such a stage is reported. */
export function planUse(
  kind: StageKind,
  use: unknown,
  place: UsePlace,
  planning: StagePlanning,
): PlannedStage | undefined {
  const { where, decorator, level } = place;
  const binding = planning.bindingOf(use);
  const { transport } = planning;
  const problem =
    useProblem(kind, use) ??
    (binding === undefined ? valueProblem(kind, use, transport) : bindingProblem(kind, binding, transport));
  if (problem !== undefined) {
    planning.report.add('BOW_STAGE_INVALID', { where: `${decorator} of ${where}`, reason: problem });
    return undefined;
  }
  if (binding !== undefined) return planned(kind, level, where, { kind: 'binding', binding });
  // It was bound, and that failed: the boot says so already.
  if (isClass(use) && !isStageFunction(kind, use)) return undefined;
  return planned(kind, level, where, { kind: 'value', value: use });
}

function planGlobal({ kind, level, binding }: GlobalStage): PlannedStage {
  return planned(kind, level, binding.module.name, { kind: 'binding', binding });
}

function planned(kind: StageKind, level: StageLevel, from: string, source: StageSource): PlannedStage {
  const order = orderOf(source);
  const catches = kind === 'filter' ? (caughtBySource(source)?.map(nameOf) ?? []) : [];
  const binding = source.kind === 'binding' ? source.binding.target : undefined;
  const isConstant = binding === undefined || binding.kind === 'constant';
  return {
    source,
    description: {
      kind,
      name: nameOfSource(source),
      level,
      from,
      scope: isConstant ? 'singleton' : binding.scope,
      perRequest: !isConstant && binding.scope !== 'singleton',
      ...(order === 0 ? {} : { order }),
      ...(catches.length === 0 ? {} : { catches }),
    },
  };
}

function nameOfSource(source: StageSource): string {
  if (source.kind === 'value') return nameOfValue(source.value);
  const { target } = source.binding;
  if (target.constant !== undefined) return nameOfValue(target.constant.value);
  return bindingName(target);
}

function nameOfValue(value: unknown): string {
  if (typeof value === 'function') return value.name === '' ? '(function)' : value.name;
  const made: unknown = (value as object).constructor;
  return isClass(made) && made !== Object ? nameOf(made) : '(object)';
}

function typeOfSource(source: StageSource): ClassType | undefined {
  if (source.kind === 'binding') return source.binding.target.implementation;
  const made: unknown = typeof source.value === 'object' ? source.value?.constructor : undefined;
  return isClass(made) ? made : undefined;
}

/** The place that a global stage asks for: by `@Order` of its class, or by a property `order` of what was handed in. */
export function orderOf(source: StageSource): number {
  const value = source.kind === 'value' ? source.value : source.binding.target.constant?.value;
  const own: unknown =
    value === undefined || value === null ? undefined : (value as { readonly order?: unknown }).order;
  if (typeof own === 'number') return own;
  const type = typeOfSource(source);
  return type === undefined ? 0 : (nearest(type, orderKey)?.order ?? 0);
}

/** Whether it is made anew for calls, once the application has built what it builds at start. */
export function isMadePerCall({ source }: PlannedStage): boolean {
  if (source.kind === 'value') return false;
  const { constant, instance } = source.binding.target;
  return (constant ?? instance) === undefined;
}

/** What a filter of this class answers; undefined for everything. */
export function caughtBySource(source: StageSource): readonly ClassType[] | undefined {
  const type = typeOfSource(source);
  const types = type === undefined ? undefined : nearest(type, catchKey)?.types;
  return types === undefined || types.length === 0 ? undefined : types;
}

function nearest<T>(type: ClassType, key: Parameters<typeof ownMetadata<T>>[0]): T | undefined {
  for (const each of classChain(type)) {
    const found = ownMetadata(key, each).at(-1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Why what a binding gives cannot be such a stage, as far as that is known before it is built. */
export function bindingProblem(kind: StageKind, binding: GraphBinding, transport: string): string | undefined {
  const { target } = binding;
  if (toldValidation(target.constant?.value ?? target.implementation) !== undefined) return optionsOfAll;
  if (target.constant !== undefined) return valueProblem(kind, target.constant.value, transport);
  if (target.kind !== 'class' || target.implementation === undefined) return undefined;
  return classProblem(kind, target.implementation, transport);
}

const optionsOfAll =
  'a ValidationPipe only says options; say those of the whole application by createApplication({ validation: { ... } })';

/** What was meant is known here, and a call would only show that it is something else. */
function useProblem(kind: StageKind, use: unknown): string | undefined {
  if (use instanceof ConfiguredStage && use.kind !== kind)
    return `${use.name} makes what is used as ${kindName(use.kind)}, and this is the place of a ${kindName(kind)}`;
  return isStageFactory(use)
    ? 'it has a factory of stages that nobody has called; write its options behind it, or ()'
    : undefined;
}

function classProblem(kind: StageKind, type: ClassType, transport: string): string | undefined {
  const method = stageMethods[kind];
  const prototype = type.prototype as Readonly<Record<string, unknown>>;
  if (typeof prototype[method] !== 'function')
    return `${nameOf(type)} has no method ${method}(), which every ${kindName(kind)} has; a property with a function in it is none`;
  return transportProblem(type, transport);
}

function transportProblem(type: ClassType, transport: string): string | undefined {
  const needed = nearest(type, transportKey)?.transport;
  return needed === undefined || needed === transport
    ? undefined
    : `${nameOf(type)} needs ${needed}, and these calls come by ${transport}`;
}

function valueProblem(kind: StageKind, value: unknown, transport: string): string | undefined {
  const method = stageMethods[kind];
  if (value === undefined)
    return 'it has undefined, which files that import each other see; move what both need into a third';
  if (value instanceof ConfiguredStage)
    return `${value.name} waits for its services, and gets them in @Use... alone; bind what they make by toResolvedValue((service) => ..., [Service])`;
  if (isStageFactory(value)) return useProblem(kind, value);
  // A class that is bound has been looked at as such.
  if (typeof value === 'function')
    return isClass(value) && !isStageFunction(kind, value) ? classProblem(kind, value, transport) : undefined;
  if (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Readonly<Record<string, unknown>>)[method] === 'function'
  )
    return isClass(value.constructor) ? transportProblem(value.constructor, transport) : undefined;
  return `${describeValue(value)} is no ${kindName(kind)}: that is a class or an object with a method ${method}(), or a function`;
}

/** A plain function has a prototype too; a class of a stage has its method on it. */
export function isStageFunction(kind: StageKind, value: unknown): boolean {
  if (typeof value !== 'function') return false;
  if (!isClass(value)) return true;
  const isClassSyntax = Function.prototype.toString.call(value).startsWith('class');
  return (
    !isClassSyntax && typeof (value.prototype as Readonly<Record<string, unknown>>)[stageMethods[kind]] !== 'function'
  );
}

function kindName(kind: StageKind): string {
  return kind === 'filter' ? 'exception filter' : kind;
}
