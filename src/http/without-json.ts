/** Beyond them nobody reads a path, and a search would take as long as an attacker likes. */
const maxDepth = 200;
const maxValues = 100_000;

interface Visit {
  readonly value: unknown;
  readonly path: string;
  readonly above: Visit | undefined;
  readonly depth: number;
}

/** Whether a JSON text may have `{}` in place of what is not empty. Nearly none has, and a search of it is cheap. */
export function mayHideValues(json: string): boolean {
  return json.includes('{}');
}

/** What in a value has become `{}` without being empty, as a clause. The first look is short: most have an object that is empty. */
export function hiddenReason(value: unknown): string | undefined {
  return isHiding(value, maxDepth) ? reasonWithoutJson(value) : undefined;
}

/**
 * Where in a value is what JSON has no form for, as a clause: a bigint, a way back to what it is a part of, or what would
 * become `{}` without a word. Undefined where nothing of that is found.
 */
export function reasonWithoutJson(root: unknown): string | undefined {
  const waiting: Visit[] = [{ value: root, path: '', above: undefined, depth: 0 }];
  for (let seen = 0; seen < maxValues; seen++) {
    const visit = waiting.pop();
    if (visit === undefined) return undefined;
    const value = asSent(visit.value);
    if (typeof value === 'bigint')
      return `${named(visit.path)} is a bigint, which has no JSON form; return it as text, or as a number`;
    if (typeof value !== 'object' || value === null) continue;
    const mend = mendOf(value);
    if (mend !== undefined) return `${named(visit.path)} ${mend}`;
    const same = ancestorOf(visit, value);
    if (same !== undefined)
      return `${named(visit.path)} leads back to ${same.path === '' ? 'the whole of it' : named(same.path)}, and JSON has no circles`;
    if (visit.depth < maxDepth) waiting.push(...partsOf({ ...visit, value }).toReversed());
  }
  return undefined;
}

function isHiding(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth === 0) return false;
  if (Array.isArray(value)) return value.some((part) => isHiding(part, depth - 1));
  if (typeof (value as { readonly toJSON?: unknown }).toJSON === 'function') return isHiding(asSent(value), depth - 1);
  if (Object.getPrototypeOf(value) !== Object.prototype && mendOf(value) !== undefined) return true;
  for (const key of Object.keys(value)) {
    if (isHiding((value as Readonly<Record<string, unknown>>)[key], depth - 1)) return true;
  }
  return false;
}

function asSent(value: unknown): unknown {
  const toJson = (value as { readonly toJSON?: unknown } | null | undefined)?.toJSON;
  return typeof toJson === 'function' ? toJson.call(value) : value;
}

/** As `Object.prototype.toString` names them, with what to do instead. */
const emptied: Readonly<Record<string, string>> = {
  ArrayBuffer: 'return a Uint8Array of it, and by itself',
  Blob: 'return it by itself',
  File: 'return it by itself',
  FormData: 'return an object of its fields',
  Headers: 'return an object of them',
  Map: 'return an object or a list',
  Promise: 'await it',
  RegExp: 'return its source',
  Request: 'return what of it is asked for',
  Response: 'return it by itself',
  Set: 'return a list',
  SharedArrayBuffer: 'return a Uint8Array of it, and by itself',
  URLSearchParams: 'return an object of its fields',
  WeakMap: 'return an object or a list',
  WeakRef: 'return what it refers to',
  WeakSet: 'return an object or a list',
};

function mendOf(value: object): string | undefined {
  if (value instanceof Error) return 'is an Error, which would be sent as {}; throw it, or return its message';
  const name = Object.prototype.toString.call(value).slice(8, -1);
  const mend = Object.hasOwn(emptied, name) ? emptied[name] : undefined;
  if (mend !== undefined) return `is a ${name}, which has no JSON form; ${mend}`;
  const { next, [Symbol.iterator]: iterator } = value as Partial<IterableIterator<unknown>>;
  if (typeof next === 'function' && typeof iterator === 'function')
    return 'is an iterator, which has no JSON form; return a list of it ([...values]), or an async generator to stream';
  return undefined;
}

function ancestorOf({ above }: Visit, value: object): Visit | undefined {
  for (let visit = above; visit !== undefined; visit = visit.above) if (visit.value === value) return visit;
  return undefined;
}

function partsOf(above: Visit): Visit[] {
  const { value, path, depth } = above;
  const isList = Array.isArray(value);
  return Object.entries(value as object).map(([key, part]) => ({
    value: part as unknown,
    path: isList ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`,
    above,
    depth: depth + 1,
  }));
}

function named(path: string): string {
  return path === '' ? 'it' : `its ${path}`;
}
