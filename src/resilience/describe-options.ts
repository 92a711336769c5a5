/** Options as one line, for people. */
export function describeOptions(options: object): string {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([option, value]) => `${option} ${describeOption(value)}`)
    .join(', ');
}

/** A function that was given as an option, by the name that its writer gave it. */
export function nameOfFunction(given: { readonly name: string }): string {
  return ['', 'error', 'result', 'run', 'key'].includes(given.name) ? 'a function' : given.name;
}

/** One value among them. */
export function describeOption(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const members = describeOptions(value);
  return members === '' ? 'none' : `{ ${members} }`;
}
