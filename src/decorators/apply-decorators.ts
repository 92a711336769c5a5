/** One decorator that stands for several, applied in the order in which they would be written one above the other. */
export function applyDecorators(
  ...decorators: readonly (ClassDecorator | MethodDecorator | PropertyDecorator)[]
): ClassDecorator & MethodDecorator & PropertyDecorator {
  return (target: object, key?: string | symbol, descriptor?: unknown) => {
    for (const decorator of decorators.toReversed()) {
      (decorator as (target: object, key?: string | symbol, descriptor?: unknown) => void)(target, key, descriptor);
    }
  };
}
