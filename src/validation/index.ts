export { ClassValidation, type ClassValidatorOptions } from './class-validation.js';
export { isStandardSchema, schemaValidator } from './standard-schema.js';
export type { ValidatedSource, ValidationFailure, Validator } from './validator.js';
