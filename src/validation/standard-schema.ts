import type { StandardSchemaV1 } from '@standard-schema/spec';
import { maxFailures, pointerStep, refusal } from './refusal.js';
import type { ValidatedSource, Validator } from './validator.js';

/** Whether a value follows the Standard Schema specification, as those of zod, valibot and ArkType do. */
export function isStandardSchema(value: unknown): value is StandardSchemaV1 {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value;
}

/** A validator that asks the schema; what the schema makes of the value is what the handler gets. */
export function schemaValidator(schema: StandardSchemaV1, source: ValidatedSource): Validator {
  const settle = (result: StandardSchemaV1.Result<unknown>): unknown => {
    if (result.issues === undefined) return result.value;
    throw refusal(
      source,
      // One more than are listed says that there are more.
      result.issues
        .slice(0, maxFailures + 1)
        .map(({ message, path }) => ({ path: pointerOf(path), in: source, code: 'schema', message })),
    );
  };
  return (value) => {
    const result = schema['~standard'].validate(value);
    return result instanceof Promise ? result.then(settle) : settle(result);
  };
}

/** Where in a value an issue is, as a JSON Pointer. */
export function pointerOf(path: StandardSchemaV1.Issue['path']): string {
  return (path ?? []).map((step) => pointerStep(String(typeof step === 'object' ? step.key : step))).join('');
}
