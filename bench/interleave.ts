/**
 * The order of `count` rivals in one round: A B C, C B A, B C A, A C B... Forwards and back, so that a slow drift meets
 * all of them alike; and each as often first, since whoever comes after itself finds its caches warm.
 */
export function turnsOf(count: number, round: number): readonly number[] {
  const first = Math.floor(round / 2);
  const turns = Array.from({ length: count }, (_, index) => (first + index) % count);
  return round % 2 === 0 ? turns : turns.toReversed();
}
