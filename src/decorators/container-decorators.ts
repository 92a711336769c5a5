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
import {
  areOptions,
  isClassDecoratorUsedWithoutCall,
  isUsedWithoutCall,
  placementOf,
  recordMisuse,
  recordWrongOptions,
} from './misuse.js';

// Inversify's own decorators under the names of ours. They write Inversify's metadata and nothing else; where Inversify
// would throw while the file loads, boot names the place instead.

/** Names what is injected into a constructor parameter or property, where its type alone does not. */
export const Inject: typeof inject = recording('@Inject', inject);
/** Injects every binding of an identifier, as a list. */
export const MultiInject: typeof multiInject = recording('@MultiInject', multiInject);
/** Injects `undefined` where nothing is bound. */
export const Optional: typeof optional = recording('@Optional', optional);
/** Chooses the binding that was made with `whenNamed`. */
export const Named: typeof named = recording('@Named', named);
/** Chooses the binding that was made with `whenTagged`. */
export const Tagged: typeof tagged = recording('@Tagged', tagged);
/** Calls a method once the instance has been built; a promise is awaited. */
export const PostConstruct: typeof postConstruct = recording('@PostConstruct', postConstruct);
/** Calls a method when the application closes. */
export const PreDestroy: typeof preDestroy = recording('@PreDestroy', preDestroy);
/** Takes over what is injected into the base class: its constructor's parameters, its properties, or both. */
export function InjectFromBase(options: InjectFromBaseOptions = {}): ClassDecorator {
  if (isClassDecoratorUsedWithoutCall('@InjectFromBase', options)) return undefined as unknown as ClassDecorator;
  return (...args: readonly [object, (string | symbol)?, unknown?]) => {
    const placement = placementOf(...args);
    if (placement.on !== 'class') {
      recordMisuse('@InjectFromBase', placement, 'belongs on a class');
      return;
    }
    if (Object.getPrototypeOf(placement.target) === Function.prototype) {
      recordMisuse('@InjectFromBase', placement, 'has no effect: the class extends no other');
      return;
    }
    if (!areOptions('@InjectFromBase', placement, options, 'options')) return;
    recordWrongOptions('@InjectFromBase', placement, options, {
      extendConstructorArguments: [true, false],
      extendProperties: [true, false],
    });
    appendMetadata(injectFromBaseKey, placement.target, options);
  };
}

/** An identifier for what has no class: an interface, a function, a value. Two calls with one name give two identifiers. */
export function token<T>(name: string): ServiceIdentifier<T> & symbol {
  return Symbol(name) as ServiceIdentifier<T> & symbol;
}

type Decorator = (target: object, key?: string | symbol, third?: unknown) => void;

function recording<F extends (...args: never[]) => unknown>(decorator: string, make: F): F {
  const isOfMethod = decorator === '@PostConstruct' || decorator === '@PreDestroy';
  return ((...args: readonly unknown[]) => {
    if (isUsedWithoutCall(decorator, args)) return undefined;
    const decorate = make(...(args as never[])) as Decorator;
    return (target: object, key?: string | symbol, third?: unknown) => {
      const placement = placementOf(target, key, third);
      const isFitting = isOfMethod
        ? placement.on === 'method'
        : ['constructor parameter', 'field', 'accessor'].includes(placement.on);
      if (!isFitting) {
        recordMisuse(
          decorator,
          placement,
          isOfMethod ? 'belongs on a method' : 'belongs on a constructor parameter or a property',
        );
        return;
      }
      try {
        decorate(target, key, third);
      } catch {
        recordMisuse(
          decorator,
          placement,
          'stands there twice, or beside another one that says what to inject; keep one',
        );
      }
    };
  }) as unknown as F;
}
