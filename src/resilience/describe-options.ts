/** Options as one line, for people. */
export function describeOptions(options: object): string {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([option, value]) => `${option} ${describeOption(value)}`)
    .join(', ');
}

/** One value among them. */
export function describeOption(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const members = describeOptions(value);
  return members === '' ? 'none' : `{ ${members} }`;
}
