/** One answer as it came over the wire. */
export interface WireAnswer {
  readonly status: string;
  /** By lower-case name, in the order of names; without those of {@link insignificant}. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** Headers that may differ between two answers to one request: the time at which it was answered. */
const insignificant = ['date'];

/**
 * The answers in what a client has received, one after the other. Bytes that are none are an answer of their own, so that
 * nothing goes unseen.
 */
export function readAnswers(received: Buffer): WireAnswer[] {
  const text = received.toString('latin1');
  const answers: WireAnswer[] = [];
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\r\n\r\n', at);
    if (end === -1 || !statusLine.test(text.slice(at, at + 13))) {
      answers.push({ status: 'bytes that are no answer', headers: [], body: text.slice(at) });
      break;
    }
    const [status = '', ...lines] = text.slice(at, end).split('\r\n');
    const bodyEnd = endOfBody(text, end + 4, status, lines);
    answers.push({ status, headers: significant(lines), body: text.slice(end + 4, bodyEnd) });
    at = bodyEnd;
  }
  return answers;
}

const statusLine = /^HTTP\/1\.1 \d{3} /;

/**
 * A header that came in several lines is joined, as RFC 9110 5.3 lets any reader do it: the web's Headers, which Hono
 * answers with, keep only Set-Cookie apart.
 */
function significant(lines: readonly string[]): string[] {
  const values = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (!insignificant.includes(name)) values.set(name, [...(values.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  return [...values]
    .flatMap(([name, list]) => (name === 'set-cookie' ? list : [list.join(', ')]).map((value) => `${name}: ${value}`))
    .toSorted();
}

function endOfBody(text: string, start: number, status: string, lines: readonly string[]): number {
  if (/ (1\d\d|204|304) /.test(status)) return start;
  const length = Number(valueOf(lines, 'content-length') ?? 0);
  // The answer to HEAD says a length and has no body: behind it comes nothing, or the next answer.
  if (statusLine.test(text.slice(start, start + 13))) return start;
  if (valueOf(lines, 'transfer-encoding') === undefined) return Math.min(text.length, start + length);
  const last = text.indexOf('0\r\n\r\n', start);
  return last === -1 ? text.length : last + 5;
}

function valueOf(lines: readonly string[], name: string): string | undefined {
  const line = lines.find((each) => each.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}
