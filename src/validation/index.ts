export { ClassValidation } from './class-validation.js';
export {
  converterOf,
  enumConverter,
  enumValues,
  type EnumLike,
  type TextConverter,
  type ValueType,
} from './convert-text.js';
export { MessageSource, type FailureToTell } from './message-source.js';
export { failuresOf, pointerStep, pointerSteps, retold } from './refusal.js';
export { loadPlainOf } from './serialising/plain-values.js';
export { ResponseSerialisers, type Serialiser } from './serialising/response-serialisers.js';
export type { ResponseSettings } from './serialising/response-settings.js';
export { isStandardSchema, schemaValidator } from './standard-schema.js';
export {
  checkValidation,
  defaultValidation,
  resolveValidation,
  type ResolvedValidationOptions,
  type ValidationLimitOptions,
  type ValidationOptions,
} from './validation-options.js';
export { toldValidation, ValidationPipe } from './validation-pipe.js';
export type { ValidatedSource, ValidationFailure, Validator } from './validator.js';
