import type { ResponsePlan, ResponseProperty } from './plan-response.js';

export interface LoosePicking {
  /** Undefined for a class that class-transformer has to be asked for. */
  planOf(type: ResponsePlan['type']): ResponsePlan | undefined;
  toPlain(value: unknown): unknown;
  readonly groups: readonly string[];
}

/**
 * What of a value that does not fit is sent all the same: the properties that its class names, whatever they hold, and no others. Slow: it is
 * called for what has been refused.
 */
export function pickLoosely(value: unknown, plan: ResponsePlan, picking: LoosePicking): unknown {
  if (Array.isArray(value)) return value.map((each) => pickLoosely(each, plan, picking));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(plan.properties.map((property) => [property.key, memberOf(value, property, picking)]));
}

function memberOf(holder: object, { name, kind, transforms }: ResponseProperty, picking: LoosePicking): unknown {
  const { groups } = picking;
  let value = (holder as Readonly<Record<string, unknown>>)[name];
  for (const { transformFn } of transforms)
    value = transformFn({ value, key: name, obj: holder, type: 1, options: { groups } });
  const plan = kind.is === 'one' || kind.is === 'list' ? picking.planOf(kind.type) : undefined;
  return plan === undefined || plan.properties.length === 0
    ? picking.toPlain(value)
    : pickLoosely(value, plan, picking);
}
