export { DefaultValuePipe } from './default-value.js';
export { ParseArrayPipe, type ParseArrayOptions } from './parse-array.js';
export { ParseBoolPipe } from './parse-bool.js';
export { ParseDatePipe } from './parse-date.js';
export { ParseEnumPipe } from './parse-enum.js';
export { ParseFilePipe, type FileValidator, type ParseFileOptions } from './parse-file.js';
export { ParseFloatPipe, ParseIntPipe } from './parse-number.js';
export type { ParseOptions } from './parse-options.js';
export { ParseUUIDPipe, type ParseUUIDOptions } from './parse-uuid.js';
