/** The shortest circle through each node that is in one; every circle once, its first node repeated at the end. */
export function cyclesOf(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const found = new Map<string, string[]>();
  for (const start of [...graph.keys()].toSorted()) {
    const cycle = shortestBack(graph, start);
    if (cycle === undefined) continue;
    const members = cycle.slice(1).toSorted().join();
    if (!found.has(members)) found.set(members, cycle);
  }
  return [...found.values()];
}

function shortestBack(graph: ReadonlyMap<string, ReadonlySet<string>>, start: string): string[] | undefined {
  const ways = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const next of graph.get(way.at(-1) ?? '') ?? []) {
      if (next === start) return [...way, start];
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}
