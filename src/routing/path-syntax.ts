import createRouter from 'find-my-way';

/** What is wrong with a path in the syntax of decorators, as a clause; undefined where nothing is. */
export function pathProblem(path: unknown): string | undefined {
  if (typeof path !== 'string') return `a path is a string, not ${path === null ? 'null' : typeof path}`;
  if (isPlain(path)) return undefined;
  if (/[?#]/.test(withoutOptionalMark(withoutPatterns(path))))
    return "'?' and '#' end a path; query values come by @Query";
  if (
    path.includes('*') &&
    withoutPatterns(path).indexOf('*') !== withoutPatterns(path).length - 1 &&
    withoutPatterns(path).includes('*')
  ) {
    return "a wildcard '*' has to be the last character";
  }
  if (!isBalanced(path)) return 'its parentheses do not match';
  const names = parameterNames(path);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) return `the parameter ':${repeated}' is there twice`;
  const plain = withoutPatterns(path).replaceAll('::', '');
  if (/:(?!\w)/.test(plain)) return "a ':' needs a name behind it; write '::' for the character itself";
  if (/(?<!:\w+)\(/.test(plain)) {
    return 'parentheses hold the regular expression of a parameter and stand right behind its name';
  }
  if (/:\w+(?![\w/\-.(?]|$)/.test(plain)) {
    return "the name of a parameter ends at '/', '-', '.' or at the parentheses of its regular expression";
  }
  return routerProblem(path);
}

/** Whether it has none of the characters that mean anything, as most have none. */
function isPlain(path: string): boolean {
  return /^[\w/-]*$/.test(path);
}

/** Why no request can have this path, as a clause; undefined where one can. */
export function unreachableReason(path: string): string | undefined {
  if (isPlain(path)) return undefined;
  const plain = withoutPatterns(path);
  if (/%[0-9a-f]{2}/i.test(plain)) return 'paths are decoded before they are compared; write the character itself';
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f]/.test(plain)) return 'a path cannot hold control characters';
  if (/(?:^|\/)\.{1,2}(?:\/|$)/.test(plain)) return 'clients resolve dot segments before they send a path';
  return undefined;
}

/** `/users/:id?` is two paths: without the last segment and with it. Any other path is itself. */
export function expandOptional(path: string): readonly string[] {
  if (!path.endsWith('?')) return [path];
  const whole = path.slice(0, -1);
  const parent = whole.slice(0, lastSlash(whole));
  return [parent === '' ? '/' : parent, whole];
}

/** Parts of a path joined by single slashes, without one at the end; `/` where nothing is left. */
export function joinPaths(...parts: readonly string[]): string {
  const joined = parts
    .map((part) => part.replace(/^\/+/, '').replace(/(?<!\/)\/$/, ''))
    .filter((part) => part !== '')
    .join('/');
  return `/${joined}`;
}

/** The names of a path's parameters; a wildcard is named `*`. */
export function parameterNames(path: string): readonly string[] {
  if (!path.includes(':') && !path.includes('*')) return [];
  const plain = withoutPatterns(path).replaceAll('::', '');
  const names = [...plain.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
  return plain.includes('*') ? [...names, '*'] : names;
}

/**
 * Two paths of the same shape cannot be told apart by the router, whatever their parameters are called. That goes for two
 * regular expressions at the same place too.
 */
export function pathShape(path: string): string {
  if (!path.includes(':')) return withoutPatterns(path);
  const segments = withoutPatterns(path).split('/');
  return segments
    .map((segment) => (/^:\w+$/.test(segment) ? ':' : segment.replaceAll(/(?<!:):\w+(?:\(\))?/g, '()')))
    .join('/');
}

/** The path with nothing between the parentheses of its parameters, where anything may stand. */
function withoutPatterns(path: string): string {
  if (!path.includes('(') && !path.includes(')')) return path;
  let plain = '';
  let depth = 0;
  for (let index = 0; index < path.length; index++) {
    const character = path[index] ?? '';
    if (depth > 0 && character === '\\') {
      index++;
    } else if (character === '(') {
      if (depth++ === 0) plain += character;
    } else if (character === ')') {
      if (--depth === 0) plain += character;
    } else if (depth === 0) {
      plain += character;
    }
  }
  return plain;
}

function withoutOptionalMark(path: string): string {
  return /:\w+(?:\(\))?\?$/.test(path) ? path.slice(0, -1) : path;
}

function isBalanced(path: string): boolean {
  let depth = 0;
  for (let index = 0; index < path.length; index++) {
    if (path[index] === '\\') index++;
    else if (path[index] === '(') depth++;
    else if (path[index] === ')' && --depth < 0) return false;
  }
  return depth === 0;
}

/** What the router itself refuses, such as a regular expression that can be made to take for ever. */
function routerProblem(path: string): string | undefined {
  // Nothing else is left that it could refuse, and a router for each path is a third of what planning a route takes.
  if (!/[(*]/.test(path)) return undefined;
  try {
    createRouter().on('GET', joinPaths(path), () => undefined);
    return undefined;
  } catch (error) {
    return `the router refuses it (${(error as Error).message})`;
  }
}

function lastSlash(path: string): number {
  let depth = 0;
  for (let index = path.length - 1; index >= 0; index--) {
    if (path[index] === ')') depth++;
    else if (path[index] === '(') depth--;
    else if (path[index] === '/' && depth === 0) return index;
  }
  return 0;
}
