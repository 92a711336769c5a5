import type { StandardSchemaV1 } from '@standard-schema/spec';
import { maxFailures, pointerStep, refusal } from './refusal.js';
import { defaultValidation, type ResolvedValidationOptions } from './validation-options.js';
import type { ValidatedSource, ValidationFailure, Validator } from './validator.js';

/** Whether a value follows the Standard Schema specification, as those of zod, valibot and ArkType do. */
export function isStandardSchema(value: unknown): value is StandardSchemaV1 {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value;
}

/** A validator that asks the schema; what the schema makes of the value is what the handler gets. */
export function schemaValidator(
  schema: StandardSchemaV1,
  source: ValidatedSource,
  { status, stopAtFirstError }: Pick<ResolvedValidationOptions, 'status' | 'stopAtFirstError'> = defaultValidation,
): Validator {
  const settle = (result: StandardSchemaV1.Result<unknown>): unknown => {
    if (result.issues === undefined) return result.value;
    throw refusal(source, failuresFrom(result.issues, source, stopAtFirstError), status);
  };
  return (value) => {
    const result = schema['~standard'].validate(value);
    return result instanceof Promise ? result.then(settle) : settle(result);
  };
}

/** Up to one more than are listed, which says that there are more. */
function failuresFrom(
  issues: readonly StandardSchemaV1.Issue[],
  source: ValidatedSource,
  onePerPath: boolean,
): readonly ValidationFailure[] {
  const failures: ValidationFailure[] = [];
  const paths = new Set<string>();
  for (const { message, path: steps } of issues) {
    if (failures.length > maxFailures) break;
    const path = pointerOf(steps);
    if (onePerPath && paths.has(path)) continue;
    paths.add(path);
    failures.push({ path, in: source, code: 'schema', message });
  }
  return failures;
}

/** Where in a value an issue is, as a JSON Pointer. */
export function pointerOf(path: StandardSchemaV1.Issue['path']): string {
  // That of ArkType extends Array, and its own map() makes a step of an empty one.
  return Array.from(path ?? [], (step) => pointerStep(String(typeof step === 'object' ? step.key : step))).join('');
}
