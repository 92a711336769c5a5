import type { ValidationOptions } from './validation-options.js';

/**
 * Says how values are validated on a controller, on a route, or for one parameter, option by option: what a nearer one leaves out is
 * as the wider one says. It is read when the application is put together and is no stage of a request: a class with rules, or a
 * schema, is validated with or without it. Wrong options are problems of the boot.
 *
 * ```ts
 * @UsePipes(new ValidationPipe({ unknown: 'refuse' }))
 * create(@Body(new ValidationPipe({ groups: ['create'] })) order: CreateOrder) {}
 * ```
 */
export class ValidationPipe {
  readonly options: ValidationOptions;

  constructor(options: ValidationOptions = {}) {
    this.options = options;
  }
}

/** The options that a use of a pipe says; undefined where it is a pipe that works on values. The class itself says none. */
export function toldValidation(use: unknown): ValidationOptions | undefined {
  if (use === ValidationPipe) return {};
  return use instanceof ValidationPipe ? use.options : undefined;
}
