/** How a set of figures lies. */
export interface Spread {
  readonly minimum: number;
  readonly quarter: number;
  readonly median: number;
  readonly threeQuarters: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return {
    minimum: quantile(values, 0),
    quarter: quantile(values, 0.25),
    median: quantile(values, 0.5),
    threeQuarters: quantile(values, 0.75),
  };
}

/** Between two values it is interpolated. NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? below;
  return below + (above - below) * (position - Math.floor(position));
}
