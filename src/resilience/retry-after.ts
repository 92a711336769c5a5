/** What says when to come back: a refusal of ours, or an answer with a header. */
interface Telling {
  readonly retryAfter?: unknown;
  readonly headers?: unknown;
  readonly response?: unknown;
}

/**
 * How long an error or a result asks to be left alone, in milliseconds: its `retryAfter`, or the `Retry-After` header
 * (RFC 9110, section 10.2.3) of a fetch `Response`, of anything with such `headers`, or of an error's `response`.
 * Undefined where it does not ask, or cannot be asked. `now` is the time of day, for dates.
 */
export function retryAfterOf(outcome: unknown, now: number): number | undefined {
  if (typeof outcome !== 'object' || outcome === null) return undefined;
  try {
    return askedBy(outcome, now);
  } catch {
    // A getter of the user's has thrown, which must not keep the call from its end.
    return undefined;
  }
}

function askedBy({ retryAfter, headers, response }: Telling, now: number): number | undefined {
  if (typeof retryAfter === 'number' && retryAfter >= 0) return retryAfter;
  const header = headerOf(headers) ?? headerOf((response as Telling | null | undefined)?.headers);
  return header === undefined ? undefined : delayOf(header, now);
}

function headerOf(headers: unknown): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const { get } = headers as { get?: unknown };
  const value: unknown =
    typeof get === 'function' ? get.call(headers, 'retry-after') : (headers as Record<string, unknown>)['retry-after'];
  return typeof value === 'string' ? value : undefined;
}

function delayOf(header: string, now: number): number | undefined {
  if (/^\d+$/.test(header.trim())) return Number(header) * 1_000;
  // Every form of an HTTP date begins with the day of the week; what else is no date is one to `Date.parse` often enough.
  const date = /^[a-z]{3,9},? /i.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
