/** Beyond them nobody reads a path, and a search would take as long as an attacker likes. */
const maxDepth = 200;
const maxValues = 100_000;

interface Visit {
  readonly value: unknown;
  readonly path: string;
  readonly above: Visit | undefined;
  readonly depth: number;
}

/**
 * Where in a value is what JSON has no form for, as a clause: a bigint, or a way back to what it is a part of. Undefined
 * where nothing of that is found. Only asked once `JSON.stringify` has thrown.
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
    const same = ancestorOf(visit, value);
    if (same !== undefined)
      return `${named(visit.path)} leads back to ${same.path === '' ? 'the whole of it' : named(same.path)}, and JSON has no circles`;
    if (visit.depth < maxDepth) waiting.push(...partsOf({ ...visit, value }).toReversed());
  }
  return undefined;
}

function asSent(value: unknown): unknown {
  const toJson = (value as { readonly toJSON?: unknown } | null | undefined)?.toJSON;
  return typeof toJson === 'function' ? toJson.call(value) : value;
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
