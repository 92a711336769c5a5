/** The path of a request target as it came, without its query string; that of an absolute one (RFC 9112 3.2.2) too. */
export function pathOf(target: string): string {
  const start = target.startsWith('/') ? 0 : pathStart(target);
  const end = target.indexOf('?', start);
  return end === -1 ? target.slice(start) : target.slice(start, end);
}

/** The raw query string; empty where there is none. */
export function searchOf(target: string): string {
  const start = target.indexOf('?');
  return start === -1 ? '' : target.slice(start + 1);
}

function pathStart(target: string): number {
  const authority = target.indexOf('://');
  const start = authority === -1 ? -1 : target.indexOf('/', authority + 3);
  return start === -1 ? 0 : start;
}
