import {
  appendMetadata,
  classChain,
  metadataKey,
  ownMetadata,
  type CallTarget,
  type ClassType,
  type MetadataKey,
} from '../foundation/index.js';
import { isUsedWithoutCall, placementOf, recordMisuse } from './misuse.js';

interface UserMetadata {
  readonly key: unknown;
  readonly property: string | undefined;
  readonly value: unknown;
}

const userKey: MetadataKey<UserMetadata> = metadataKey('user');

/** A decorator made by {@link Reflector.createDecorator}; it is the key to its own values. */
export interface MetadataDecorator<T> {
  (value: T): ClassDecorator & MethodDecorator;
}

/** Attaches a value to a class or method, for a {@link Reflector} to read. */
export function SetMetadata(key: string | symbol, value: unknown): ClassDecorator & MethodDecorator {
  return attach(key, value);
}

/** Reads what {@link SetMetadata} and decorators of {@link Reflector.createDecorator} attached. */
export class Reflector {
  /** A decorator whose values are read, with their type, by naming the decorator. */
  static createDecorator<T>(): MetadataDecorator<T> {
    const decorator = (...args: readonly unknown[]): ClassDecorator & MethodDecorator =>
      isUsedWithoutCall('A decorator of Reflector', args)
        ? (undefined as unknown as ClassDecorator & MethodDecorator)
        : attach(decorator, args[0]);
    return decorator;
  }

  /** The value of the method, else that of its class, else of the nearest base class that has one. */
  get<T>(key: MetadataDecorator<T>, target: CallTarget | ClassType | undefined): T | undefined;
  get<T = unknown>(key: string | symbol, target: CallTarget | ClassType | undefined): T | undefined;
  get(key: unknown, target: CallTarget | ClassType | undefined): unknown {
    return this.#values(key, target)[0];
  }

  /** Whether the method, its class or a base class has a value, whatever it is. */
  has(key: MetadataDecorator<never> | string | symbol, target: CallTarget | ClassType | undefined): boolean {
    return this.#values(key, target).length > 0;
  }

  /** The values of the method, its class and their bases, nearest first. */
  getAll<T>(key: MetadataDecorator<T>, target: CallTarget | ClassType | undefined): T[];
  getAll<T = unknown>(key: string | symbol, target: CallTarget | ClassType | undefined): T[];
  getAll(key: unknown, target: CallTarget | ClassType | undefined): unknown[] {
    return this.#values(key, target);
  }

  #values(key: unknown, target: CallTarget | ClassType | undefined): unknown[] {
    if (target === undefined) return [];
    if (typeof target === 'function') return valuesOf(target, undefined, key);
    return [...valuesOf(target.controller, target.method, key), ...valuesOf(target.controller, undefined, key)];
  }
}

function valuesOf(target: ClassType, property: string | undefined, key: unknown): unknown[] {
  return classChain(target).flatMap((owner) =>
    ownMetadata(userKey, owner)
      .filter((entry) => entry.key === key && entry.property === property)
      .map((entry) => entry.value),
  );
}

function attach(key: unknown, value: unknown): ClassDecorator & MethodDecorator {
  return (target: object, property?: string | symbol, descriptor?: unknown) => {
    const placement = placementOf(target, property, descriptor);
    if (placement.on === 'class') appendMetadata(userKey, placement.target, { key, property: undefined, value });
    else if (placement.on === 'method')
      appendMetadata(userKey, placement.target, { key, property: placement.property, value });
    else recordMisuse('@SetMetadata', placement, 'belongs on a class or a method');
  };
}
