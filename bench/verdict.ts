/** What a median says about its goal. */
export type Verdict = 'reached' | 'within the error' | 'missed';

/** How far a median of ratios may lie above its goal by chance: about its standard error. */
const standardError = 0.03;

/** For ratios. */
export function verdictOn(median: number, goal: number): Verdict {
  if (median <= goal) return 'reached';
  return median <= goal + standardError ? 'within the error' : 'missed';
}
