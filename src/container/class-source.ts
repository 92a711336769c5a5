import { emittedParameterTypes, type ClassType } from '../foundation/index.js';

/**
 * Whether the user wrote a constructor in this very class. The compiler's own ones, which hand all arguments on to
 * initialise fields, do not count.
 */
export function hasOwnConstructor(type: ClassType): boolean {
  if (type.length > 0 || (emittedParameterTypes(type)?.length ?? 0) > 0) return true;
  const source = constructorSource(type);
  if (source === undefined) return false;
  const handsOn = /^\(\s*(?:\.\.\.(\w+)\s*)?\)\s*\{\s*super\(\s*\.\.\.(\w+)\s*\)/.exec(source);
  return handsOn === null || handsOn[2] !== (handsOn[1] ?? 'arguments');
}

/** The name of a constructor parameter as the loaded code has it; undefined where it cannot be told for sure. */
export function parameterName(type: ClassType, index: number): string | undefined {
  const list = /^\(([^(){}[\]=]*)\)/.exec(constructorSource(type) ?? '')?.[1];
  const names = list?.split(',').map((name) => name.trim());
  const name = names !== undefined && names.length >= type.length ? names[index] : undefined;
  return name !== undefined && /^[\w$]+$/.test(name) ? name : undefined;
}

/** The text of the class from the `(` of its constructor on. */
function constructorSource(type: ClassType): string | undefined {
  const source = withoutTextAndComments(Function.prototype.toString.call(type));
  const start = /(?:^|[;{}\s])constructor\s*(?=\()/.exec(source);
  return start === null ? undefined : source.slice(start.index + start[0].length);
}

/** Templates and regular expressions stay: only what could hold the word constructor at a beginning matters. */
function withoutTextAndComments(source: string): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, (text) =>
    text.startsWith('/') ? ' ' : "''",
  );
}
