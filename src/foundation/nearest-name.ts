import { closest, distance } from 'fastest-levenshtein';

/** The known name that a misspelt one most likely stands for; undefined where none is close. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const candidate = closest(
    given.toLowerCase(),
    known.map((name) => name.toLowerCase()),
  );
  const match = known.find((name) => name.toLowerCase() === candidate);
  return distance(given.toLowerCase(), candidate) <= Math.max(2, given.length / 3) ? match : undefined;
}
