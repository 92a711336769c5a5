import { describeValue, nameOf } from '../../foundation/index.js';
import { pointerStep } from '../refusal.js';
import type { ResponsePlan, ResponseProperty } from './plan-response.js';

/** Where a value is not what was promised. */
export interface Misfit {
  /** A JSON Pointer; empty for the whole. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

type PlanOf = (type: ResponsePlan['type']) => ResponsePlan | undefined;

/** Finds the first place in a value that does not fit. Slow: it is called for what has been refused. */
export function findMisfit(
  value: unknown,
  plan: ResponsePlan,
  isList: boolean,
  planOf: PlanOf,
  path = '',
): Misfit | undefined {
  if (isList) {
    if (!Array.isArray(value)) return { path, expected: `a list of ${nameOf(plan.type)}`, got: describeValue(value) };
    for (const [index, each] of value.entries()) {
      const misfit = findMisfit(each, plan, false, planOf, `${path}/${index}`);
      if (misfit !== undefined) return misfit;
    }
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { path, expected: `a ${nameOf(plan.type)}`, got: describeValue(value) };
  for (const property of plan.properties) {
    const misfit = misfitOf(
      property,
      (value as Readonly<Record<string, unknown>>)[property.name],
      planOf,
      path + pointerStep(property.key),
    );
    if (misfit !== undefined) return misfit;
  }
  return undefined;
}

function misfitOf(
  { kind, required, transforms }: ResponseProperty,
  value: unknown,
  planOf: PlanOf,
  path: string,
): Misfit | undefined {
  if (value === null || transforms.length > 0) return undefined;
  if (value === undefined) return required ? { path, expected: 'there', got: 'undefined' } : undefined;
  if (kind.is === 'one' || kind.is === 'list') {
    const plan = planOf(kind.type);
    return plan === undefined ? undefined : findMisfit(value, plan, kind.is === 'list', planOf, path);
  }
  const got = describeValue(value);
  switch (kind.is) {
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : { path, expected: 'a number', got };
    case 'Date':
      return value instanceof Date && !Number.isNaN(value.getTime()) ? undefined : { path, expected: 'a Date', got };
    case 'string':
    case 'boolean':
      return typeof value === kind.is ? undefined : { path, expected: `a ${kind.is}`, got };
    case 'any':
      return undefined;
  }
}
