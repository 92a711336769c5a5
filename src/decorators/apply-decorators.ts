import { describeValue } from '../foundation/index.js';
import { placementOf, recordMisuse } from './misuse.js';

/** One decorator that stands for several, applied in the order in which they would be written one above the other. */
export function applyDecorators(
  ...decorators: readonly (ClassDecorator | MethodDecorator | PropertyDecorator)[]
): ClassDecorator & MethodDecorator & PropertyDecorator {
  return (target: object, key?: string | symbol, descriptor?: unknown) => {
    for (const decorator of decorators.toReversed()) {
      if (typeof decorator === 'function') (decorator as AnyDecorator)(target, key, descriptor);
      else
        recordMisuse(
          'applyDecorators',
          placementOf(target, key, descriptor),
          `has ${describeValue(decorator)} among its decorators, which is none`,
        );
    }
  };
}

type AnyDecorator = (target: object, key?: string | symbol, descriptor?: unknown) => void;
