import type { StandardSchemaV1 } from '@standard-schema/spec';
import { appendMetadata, describeValue, ownMetadata } from '../foundation/index.js';
import { methodKey } from '../routing/index.js';
import { areOptions, isUsedWithoutCall, placementOf, recordMisuse, recordWrongOptions } from './misuse.js';
import type { DtoClass } from './parameters.js';

export interface ReturnsOptions {
  /** The status that it is the answer for. @default every status that no other `@Returns` of the method names */
  readonly status?: number;
  /** The groups of `@Expose` whose properties are sent. @default none: those that are in no group */
  readonly groups?: readonly string[];
}

/** A decorator for a method that gives a `Value`, nothing, or an answer of its own. */
export type ReturnsDecorator<Value> = <
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever it takes
  F extends (...args: any[]) => Answer<Value> | Promise<Answer<Value>>,
>(
  target: object,
  key: string,
  descriptor: TypedPropertyDescriptor<F>,
) => void;

type Answer<Value> = Value | Response | null | undefined | void;

/**
 * Says what a method answers: a class whose properties decorators of class-validator or class-transformer name. These properties are sent and no
 * others, as `@Expose`, `@Exclude` and `@Transform` say; a value that does not fit is a 500 that is logged with the place, unless the option `responses` says otherwise. Streams, bytes and a
 * Web `Response` are sent as they are.
 */
export function Returns<T>(
  type: DtoClass<T>,
  options?: ReturnsOptions & { readonly status?: never },
): ReturnsDecorator<T>;
/** The same for one status among others, which the compiler cannot tell from the value. */
export function Returns(
  returned: DtoClass<unknown> | readonly [DtoClass<unknown>] | StandardSchemaV1,
  options: ReturnsOptions & { readonly status: number },
): MethodDecorator;
/** The same for a list. */
export function Returns<T>(type: readonly [DtoClass<T>], options?: ReturnsOptions): ReturnsDecorator<readonly T[]>;
/** The same by a Standard Schema: what it makes of the value is sent. */
export function Returns<S extends StandardSchemaV1>(
  schema: S,
  options?: ReturnsOptions,
): ReturnsDecorator<StandardSchemaV1.InferInput<S>>;
export function Returns(...args: readonly unknown[]): unknown {
  if (isUsedWithoutCall('@Returns', args)) return undefined;
  const [returned, options = {}] = args;
  return (target: object, key: string, descriptor: unknown) => {
    const placement = placementOf(target, key, descriptor);
    if (placement.on !== 'method') {
      recordMisuse('@Returns', placement, 'belongs on a method that answers requests');
      return;
    }
    if (!areOptions('@Returns', placement, options, 'what is returned, and options')) return;
    recordWrongOptions('@Returns', placement, options as object, { status: undefined, groups: undefined });
    const { status, groups = [] } = options as ReturnsOptions;
    const problem = optionProblem(status, groups);
    const { property } = placement;
    const stands = ownMetadata(methodKey, placement.target).some(
      (each) => each.kind === 'returns' && each.property === property && each.status === status,
    );
    if (problem !== undefined) recordMisuse('@Returns', placement, problem);
    else if (stands) recordMisuse('@Returns', placement, 'stands there twice for one status; keep one');
    else appendMetadata(methodKey, placement.target, { kind: 'returns', property, returned, status, groups });
  };
}

function optionProblem(status: unknown, groups: unknown): string | undefined {
  if (status !== undefined && !(Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599))
    return `has the status ${describeValue(status)}; those are the numbers from 200 to 599`;
  const areGroups = Array.isArray(groups) && groups.every((group) => typeof group === 'string');
  return areGroups ? undefined : `has the groups ${describeValue(groups)}; it takes a list of texts`;
}
