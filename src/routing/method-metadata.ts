import { classChain, ownMetadata, type ClassType } from '../foundation/index.js';
import { controllerKey, methodKey, type ControllerMetadata, type MethodMetadata } from './metadata.js';

/** What the decorators say of one method, all of it from one class. */
export interface DecoratedMethod {
  /** The class that decorates it: the controller or a base of it. */
  readonly owner: ClassType;
  readonly name: string;
  readonly entries: readonly MethodMetadata[];
}

/** The decorated methods of a controller. For each the nearest class that decorates it wins whole; base classes first. */
export function decoratedMethods(controller: ClassType): DecoratedMethod[] {
  const methods = new Map<string, DecoratedMethod>();
  for (const owner of classChain(controller).toReversed()) {
    const own = Map.groupBy(ownMetadata(methodKey, owner), (entry) => entry.property);
    for (const [name, entries] of own) methods.set(name, { owner, name, entries });
  }
  return [...methods.values()];
}

/** What `@Controller` says of a class itself; a base class's says nothing of those below it. */
export function controllerMetadata(controller: ClassType): ControllerMetadata | undefined {
  return ownMetadata(controllerKey, controller).at(-1);
}
