/** A Node that does nothing: what is taken off the figures of the others. */
export function serve(): Promise<number> {
  return Promise.resolve(0);
}
