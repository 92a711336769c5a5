import {
  CallContext,
  emittedParameterTypes,
  isClass,
  nameOf,
  nearestName,
  ownMetadata,
  type ClassType,
} from '../foundation/index.js';
import { defaultsName, type Dependency } from './graph-binding.js';
import { injectableKey } from './injectable.js';
import type { LoadedContainer } from './loaded-container.js';

/** What was asked for, in the words of the one who asked. */
export function wantedName({ identifier, name }: Dependency): string {
  return name === undefined ? nameOf(identifier) : `${nameOf(identifier)} named '${String(name)}'`;
}

/** The line to add, or the binding that was probably meant. */
export function mendForUnbound(loaded: LoadedContainer, dependency: Dependency): string {
  const { identifier } = dependency;
  const wanted = nameOf(identifier);
  if (isContext(identifier)) return 'Inject HttpContext, which is bound for each request, or take it with @Ctx().';
  const existing = loaded.bindingsOf(identifier)[0];
  if (existing !== undefined) {
    return `${existing.module.name} binds ${wanted} under another name or condition: ask for it as it is bound, or bind it for this one too.`;
  }
  const others = loaded.bindings().filter((binding) => binding.identifier !== identifier);
  const namesake = others.find((binding) => nameOf(binding.identifier) === wanted);
  if (namesake !== undefined) return mendForNamesake(identifier, namesake.module.name);
  const mend = mendByKind(identifier, wanted);
  if (isClass(identifier) && formOf(identifier) === 'concrete') return mend;
  const own = others.filter((binding) => binding.module.name !== defaultsName);
  const nearest = nearestName(wanted, [...new Set(own.map((binding) => nameOf(binding.identifier)))]);
  return nearest === undefined
    ? mend
    : `Did you mean ${nearest}? Otherwise: ${mend.charAt(0).toLowerCase()}${mend.slice(1)}`;
}

function isContext(identifier: unknown): boolean {
  return isClass(identifier) && (identifier === CallContext || identifier.prototype instanceof CallContext);
}

function mendForNamesake(identifier: unknown, module: string): string {
  return isClass(identifier)
    ? `Another class of that name is bound in ${module}: import the same one. Where both come from one package, two copies of it are loaded, and "npm ls" shows them.`
    : `Another token of that name is bound in ${module}: two tokens are never equal, so export one and import it.`;
}

function mendByKind(identifier: unknown, wanted: string): string {
  const line = `bind(${wanted}).to(...)`;
  // A Map or a Date of the language is a value, and many places have one.
  if ((globalThis as Readonly<Record<string, unknown>>)[wanted] === identifier)
    return 'A plain value has no type to be found by: write @Inject(token), and bind the token with toConstantValue.';
  if (!isClass(identifier)) return `Bind it in a module: ${line} or .toConstantValue(...).`;
  switch (formOf(identifier)) {
    case 'concrete':
      return `Add ${wanted} to the services of a module.`;
    case 'abstract':
      return `Bind it in a module: ${line}.`;
    case 'either':
      return `Add ${wanted} to the services of a module, or, if it is abstract, bind an implementation: ${line}.`;
  }
}

/** Nothing of `abstract` is left when the code runs: a decorator says that a class is built, an empty one that it is not. */
function formOf(type: ClassType): 'concrete' | 'abstract' | 'either' {
  const isDecorated = ownMetadata(injectableKey, type).length > 0 || emittedParameterTypes(type) !== undefined;
  if (isDecorated) return 'concrete';
  return Object.getOwnPropertyNames(type.prototype).length > 1 ? 'either' : 'abstract';
}
