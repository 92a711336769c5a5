import type { ParameterDescription, StageDescription, ValidationDescription } from '../../http/index.js';
import type { RouteExplanation } from './explain-routes.js';
import { aligned, inBytes, inTime, wrapped } from './text-layout.js';

/** Routes as text, those that differ in nothing but their method together. */
export function routeTexts(routes: readonly RouteExplanation[]): readonly string[] {
  return groupsOf(routes).map(routeText);
}

/** Routes on one line each. */
export function routeLines(
  routes: readonly RouteExplanation[],
  last: (route: RouteExplanation) => string,
): readonly string[] {
  return aligned(
    groupsOf(routes).map(([route, methods]) => [headOf(route, methods), last(route)]),
    '  ',
  );
}

type Group = readonly [route: RouteExplanation, methods: string];

/** What `@All` made is one thing to read. */
function groupsOf(routes: readonly RouteExplanation[]): readonly Group[] {
  const alike = Map.groupBy(routes, ({ method: _method, route: _route, ...rest }) => JSON.stringify(rest));
  return [...alike.values()].flatMap((group): Group[] => {
    const [first] = group;
    return first === undefined ? [] : [[first, group.map(({ method }) => method).join(', ')]];
  });
}

function headOf({ path, version }: RouteExplanation, methods: string): string {
  return `${methods} ${path}${version === undefined ? '' : ` (version ${version})`}`;
}

function routeText([route, methods]: Group): string {
  return [
    headOf(route, methods),
    ...wrapped(factsOf(route).join(', '), '  '),
    ...(route.currentContext === undefined ? [] : wrapped(`keeps the current context: ${route.currentContext}`, '  ')),
    ...(route.builtBeforeGuard === undefined
      ? []
      : wrapped(`made before the last guard has let it pass: ${route.builtBeforeGuard.join(', ')}`, '  ')),
    ...aligned(stepsOf(route), '    '),
  ].join('\n');
}

function factsOf(route: RouteExplanation): readonly string[] {
  const { answersItself, body, deadline, guarded, module, scope, server, status, timeout } = route;
  return [
    `in ${module} on the server ${server}`,
    `${scope}${scope === 'singleton' ? '' : '-scoped'} controller`,
    ...(guarded ? [] : ['no guard']),
    ...(status === undefined ? [] : [`status ${status}`]),
    ...(body === undefined ? [] : [`body ${body.join(' or ')}`]),
    timeout === 0 ? 'no time-out' : `time-out ${inTime(timeout)}`,
    ...(deadline === undefined ? [] : [`deadline ${inTime(deadline)}`]),
    ...(answersItself ? ['answers on the native response itself'] : []),
  ];
}

type Row = readonly string[] | string;

/** All that a call passes, in the order in which it does; behind the handler those that are asked when it fails. */
function stepsOf({ stages, parameters, controller, handler }: RouteExplanation): readonly Row[] {
  const around = stages.filter(({ kind }) => kind !== 'pipe' && kind !== 'filter');
  const filters = stages.filter(({ kind }) => kind === 'filter');
  return [
    ...around.map(stageRow),
    ...parameters.flatMap((parameter) => [
      `parameter    ${parameter.index + 1}: ${describeParameter(parameter)}`,
      ...pipesOf(parameter, stages).map(stageRow),
    ]),
    `handler      ${controller}.${handler}`,
    ...filters.map(stageRow),
  ];
}

function pipesOf(
  { pipes, index }: ParameterDescription,
  stages: readonly StageDescription[],
): readonly StageDescription[] {
  if (pipes === undefined) return [];
  return stages.filter(({ kind, parameter = index }) => kind === 'pipe' && parameter === index);
}

/** One stage as the cells of a line. */
export function stageRow({ kind, name, level, from, scope, perRequest, order, catches }: StageDescription): Row {
  const notes = [
    ...(perRequest ? [`made for each request${scope === 'transient' ? ' (transient)' : ''}`] : []),
    ...(order === undefined ? [] : [`order ${order}`]),
    ...(catches === undefined ? [] : [`catches ${catches.join(', ')}`]),
  ];
  return [kind.padEnd('interceptor'.length), name, level, from, notes.join(', ')];
}

const conversions: Readonly<Record<NonNullable<ParameterDescription['conversion']>, string>> = {
  text: 'converted from text',
  class: 'checked by the rules of its class',
  schema: 'checked by a schema',
};

function describeParameter(parameter: ParameterDescription): string {
  const { array, conversion, default: byDefault, enum: members, file, name, required, source, type } = parameter;
  const { notCompiled, validation } = parameter;
  const typed = type === undefined ? '' : `: ${type}${array === true ? '[]' : ''}`;
  const takesValue = ['param', 'query', 'header', 'cookie', 'file'].includes(source) && name !== undefined;
  return [
    `${source}${name === undefined ? '' : ` ${name}`}${typed}`,
    ...(members === undefined ? [] : [`one of ${members.join(', ')}`]),
    ...(conversion === undefined ? [] : [conversions[conversion]]),
    ...(validation === undefined ? [] : describeValidation(validation)),
    ...(notCompiled === undefined ? [] : [`by class-validator, since ${notCompiled}`]),
    ...(takesValue
      ? [byDefault === undefined ? (required ? 'required' : 'optional') : `default ${shown(parameter)}`]
      : []),
    ...(file === undefined ? [] : [describeFile(file)]),
  ].join(', ');
}

function describeValidation({
  unknown,
  groups,
  stopAtFirstError,
  status,
  limits = {},
}: ValidationDescription): readonly string[] {
  return [
    ...(unknown === undefined ? [] : [unknowns[unknown]]),
    ...(groups === undefined ? [] : [`${groups.length === 1 ? 'group' : 'groups'} ${groups.join(' and ')}`]),
    ...(stopAtFirstError === undefined ? [] : ['first error of each']),
    ...(status === undefined ? [] : [`else ${status}`]),
    ...Object.entries(limits).map(([name, limit]) => `at most ${limit} ${name}`),
  ];
}

const unknowns: Readonly<Record<NonNullable<ValidationDescription['unknown']>, string>> = {
  strip: 'what is unknown is taken away',
  refuse: 'what is unknown is refused',
  keep: 'what is unknown is kept',
};

/** A number that was written as text has no quotes: its type says what it is. */
function shown({ default: value, type }: ParameterDescription): string {
  return typeof value === 'string' && type !== 'string' ? value : JSON.stringify(value);
}

function describeFile({ to, maxSize, maxCount, types }: NonNullable<ParameterDescription['file']>): string {
  const kinds = types.length === 0 ? 'any type' : types.join(' or ');
  return `to ${to}, at most ${maxCount} of ${inBytes(maxSize)}, ${kinds}`;
}
