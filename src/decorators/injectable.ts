import { injectableKey, type InjectableOptions } from '../container/index.js';
import { appendMetadata } from '../foundation/index.js';
import {
  areOptions,
  isClassDecoratorUsedWithoutCall,
  placementOf,
  recordMisuse,
  recordWrongOptions,
  scopes,
} from './misuse.js';

/** Lets the container build a class and inject what its constructor names. A singleton unless `scope` says otherwise. */
export function Injectable(options: InjectableOptions = {}): ClassDecorator {
  if (isClassDecoratorUsedWithoutCall('@Injectable', options)) return undefined as unknown as ClassDecorator;
  return (...args: readonly [object, (string | symbol)?, unknown?]) => {
    const placement = placementOf(...args);
    if (placement.on !== 'class') {
      recordMisuse('@Injectable', placement, 'belongs on a class');
      return;
    }
    if (!areOptions('@Injectable', placement, options, 'options')) return;
    recordWrongOptions('@Injectable', placement, options, { scope: scopes, lazy: [true, false] });
    appendMetadata(injectableKey, placement.target, options);
  };
}
