import { isClass, nameOf, type ClassType } from '../../foundation/index.js';
import type { CustomTransform, LibraryMetadata, TransformMetadata } from '../compiled/library-metadata.js';

/** What the value of one property is, as far as its declaration says. */
export type ValueKind =
  | { readonly is: 'string' | 'number' | 'boolean' | 'Date' | 'any' }
  | { readonly is: 'one' | 'list'; readonly type: ClassType };

/** One property that goes into an answer. */
export interface ResponseProperty {
  readonly name: string;
  /** Its name in the answer. */
  readonly key: string;
  readonly kind: ValueKind;
  /** Whether an answer without it does not fit. */
  readonly required: boolean;
  /** What `@Transform` does with it on its way out. */
  readonly transforms: readonly CustomTransform[];
}

/** What is known of a class whose instances are answers. */
export interface ResponsePlan {
  readonly type: ClassType;
  readonly properties: readonly ResponseProperty[];
}

/** What has to be known of classes for it. */
export type ResponseMetadata = Pick<LibraryMetadata, 'rulesOf' | 'transforms'>;

/** The direction of `instanceToPlain`, as class-transformer numbers it. */
const instanceToPlain = 1;

/**
 * The properties that decorators of class-validator and class-transformer name, without those that `@Exclude` takes away and those of other
 * groups. A string says why the class cannot be compiled.
 */
export function planResponse(
  type: ClassType,
  metadata: ResponseMetadata,
  groups: readonly string[],
): ResponsePlan | string {
  const { transforms } = metadata;
  const exposed = transforms.getExposedMetadatas(type).filter(isOnTheWayOut);
  const excluded = transforms.getExcludedMetadatas(type).filter(isOnTheWayOut);
  const odd = [...exposed, ...excluded].find(
    ({ options }) => options?.since !== undefined || options?.until !== undefined,
  );
  if (odd !== undefined) return `${odd.propertyName ?? 'the class'} belongs to some versions alone`;
  if (typeof (type.prototype as { readonly toJSON?: unknown }).toJSON === 'function')
    return 'it has a toJSON() of its own';
  const rules = metadata.rulesOf(type);
  const isExcluding = transforms.getStrategy(type) === 'excludeAll';
  const named = isExcluding
    ? []
    : rules.map(({ propertyName }) => propertyName).filter((name) => typeof name === 'string');
  const names = [...new Set([...exposed.flatMap(({ propertyName }) => propertyName ?? []), ...named])];
  const hidden = new Set(excluded.map(({ propertyName }) => propertyName));
  const exposedAs = new Map(exposed.toReversed().map((each) => [each.propertyName, each]));
  const properties = names
    .filter((name) => !hidden.has(name) && isOfGroups(exposedAs.get(name), groups))
    .map((name): ResponseProperty => {
      const own = rules.filter(({ propertyName }) => propertyName === name);
      const key = exposedAs.get(name)?.options?.name ?? name;
      const found = transforms.findTypeMetadata(type, name);
      const given: unknown = found?.typeFunction?.();
      const transformed = transforms
        .findTransformMetadatas(type, name, instanceToPlain)
        .filter((each) => isOfGroups(each, groups));
      return {
        name,
        key,
        kind: transformed.length > 0 ? { is: 'any' } : kindOf(designTypeOf(type, name), given),
        required: own.length > 0 && !own.some(({ type: kind }) => kind === 'conditionalValidation'),
        transforms: transformed,
      };
    });
  return { type, properties };
}

function isOnTheWayOut({ options }: TransformMetadata): boolean {
  return options?.toClassOnly !== true || options.toPlainOnly === true;
}

function isOfGroups(metadata: TransformMetadata | undefined, groups: readonly string[]): boolean {
  const own = metadata?.options?.groups ?? [];
  return own.length === 0 || own.some((group) => groups.includes(group));
}

function designTypeOf(type: ClassType, name: string): unknown {
  return Reflect.getMetadata('design:type', type.prototype as object, name);
}

function kindOf(design: unknown, given: unknown): ValueKind {
  if (isClass(given) && !isBuiltIn(given)) return { is: design === Array ? 'list' : 'one', type: given };
  if (design === String) return { is: 'string' };
  if (design === Number) return { is: 'number' };
  if (design === Boolean) return { is: 'boolean' };
  if (design === Date) return { is: 'Date' };
  return isClass(design) && !isBuiltIn(design) ? { is: 'one', type: design } : { is: 'any' };
}

const builtIn: readonly unknown[] = [
  Array,
  BigInt,
  Boolean,
  Date,
  Function,
  Map,
  Number,
  Object,
  Promise,
  Set,
  String,
  Symbol,
];

function isBuiltIn(type: unknown): boolean {
  return builtIn.includes(type) || nameOf(type) === 'Buffer' || nameOf(type) === 'Uint8Array';
}
