/**
 * Runs every node once, as many at a time as the order allows: a node begins when all that `before` names for it have
 * ended. What leads back to a node that is being asked for already is left out, so that a circle cannot wait for itself.
 * `run` must not reject.
 */
export async function runInOrder<N>(
  nodes: readonly N[],
  before: (node: N) => readonly N[],
  run: (node: N) => Promise<void>,
): Promise<void> {
  const runs = new Map<N, Promise<void>>();
  const asked = new Set<N>();
  const begin = (node: N): Promise<void> => {
    const known = runs.get(node);
    if (known !== undefined) return known;
    asked.add(node);
    const earlier = before(node)
      .filter((each) => runs.has(each) || !asked.has(each))
      .map(begin);
    const own = Promise.all(earlier).then(() => run(node));
    runs.set(node, own);
    return own;
  };
  await Promise.all(nodes.map(begin));
}

/** Who is named by whom: the reverse of `dependsOn`, for running dependents first. */
export function dependentsOf<N>(nodes: readonly N[], dependsOn: (node: N) => readonly N[]): (node: N) => readonly N[] {
  const dependents = new Map<N, N[]>(nodes.map((node) => [node, []]));
  for (const node of nodes) for (const each of dependsOn(node)) dependents.get(each)?.push(node);
  return (node) => dependents.get(node) ?? [];
}
