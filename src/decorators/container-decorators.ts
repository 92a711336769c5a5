import {
  inject,
  multiInject,
  named,
  optional,
  postConstruct,
  preDestroy,
  tagged,
  type ServiceIdentifier,
} from 'inversify';
import { injectFromBaseKey, type InjectFromBaseOptions } from '../container/index.js';
import { appendMetadata } from '../foundation/index.js';
import { isClassDecoratorUsedWithoutCall, placementOf, recordMisuse } from './misuse.js';

// Inversify's own decorators under the names of ours. They write Inversify's metadata and nothing else.

/** Names what is injected into a constructor parameter or property, where its type alone does not. */
export const Inject: typeof inject = inject;
/** Injects every binding of an identifier, as a list. */
export const MultiInject: typeof multiInject = multiInject;
/** Injects `undefined` where nothing is bound. */
export const Optional: typeof optional = optional;
/** Chooses the binding that was made with `whenNamed`. */
export const Named: typeof named = named;
/** Chooses the binding that was made with `whenTagged`. */
export const Tagged: typeof tagged = tagged;
/** Calls a method once the instance has been built; a promise is awaited. */
export const PostConstruct: typeof postConstruct = postConstruct;
/** Calls a method when the application closes. */
export const PreDestroy: typeof preDestroy = preDestroy;
/** Takes over what is injected into the base class: its constructor's parameters, its properties, or both. */
export function InjectFromBase(options: InjectFromBaseOptions = {}): ClassDecorator {
  if (isClassDecoratorUsedWithoutCall('@InjectFromBase', options)) return undefined as unknown as ClassDecorator;
  return (target) => {
    const placement = placementOf(target);
    if (placement.on === 'class') appendMetadata(injectFromBaseKey, placement.target, options);
    else recordMisuse('@InjectFromBase', placement, 'belongs on a class');
  };
}

/** An identifier for what has no class: an interface, a function, a value. Two calls with one name give two identifiers. */
export function token<T>(name: string): ServiceIdentifier<T> & symbol {
  return Symbol(name) as ServiceIdentifier<T> & symbol;
}
