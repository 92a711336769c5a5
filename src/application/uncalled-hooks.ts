import { writtenInjections, type BuiltService } from '../container/index.js';
import { classChain, nameOf, ownMetadata, type ClassType } from '../foundation/index.js';
import { hookKey } from '../lifecycle/index.js';

/** Methods that NestJS calls for their names, and the decorator that says the same here. */
const named: Readonly<Record<string, string>> = {
  onModuleInit: '@OnStart()',
  onApplicationBootstrap: '@OnStart()',
  beforeApplicationShutdown: '@PreShutdown()',
  onModuleDestroy: '@PreDestroy()',
  onApplicationShutdown: '@PostShutdown()',
};

const names = Object.keys(named);

/** A sentence for each method of what was built that has the name of a hook of NestJS and no decorator: nothing else would tell. */
export function uncalledHooks(services: readonly BuiltService[]): readonly string[] {
  const types = new Set(services.flatMap(({ binding }) => (binding.kind === 'class' ? binding.implementation : [])));
  return [...types].flatMap((type) => {
    if (type === undefined) return [];
    const methods = names.filter((name) => typeof prototypeOf(type)[name] === 'function');
    return methods
      .filter((name) => !isDecorated(type, name))
      .map(
        (name) =>
          `${nameOf(type)}.${name} is no hook, since it has no decorator: write ${named[name]} on it to have it called`,
      );
  });
}

function prototypeOf(type: ClassType): Readonly<Record<string, unknown>> {
  return type.prototype as Readonly<Record<string, unknown>>;
}

function isDecorated(type: ClassType, method: string): boolean {
  return classChain(type).some((each) => {
    const { postConstruct, preDestroy } = writtenInjections(each);
    const isHook = ownMetadata(hookKey, each).some((entry) => entry.method === method);
    return isHook || postConstruct.has(method) || preDestroy.has(method);
  });
}
