import { checkHeader } from './check-header.js';

/**
 * What a client may fetch while the answer is made: `link` in the syntax of RFC 8288, as
 * `</style.css>; rel=preload; as=style`, several of them as a list; other headers may go with it.
 */
export interface EarlyHints {
  readonly link: string | readonly string[];
  readonly [header: string]: string | readonly string[];
}

/** Values by the names that were declared; what is left out is not sent. */
export type TrailerValues = Readonly<Record<string, string | undefined>>;

/** Trailers of an answer that is on its way. */
export interface Trailers {
  readonly names: readonly string[];
  readonly compute: () => TrailerValues | Promise<TrailerValues>;
}

const linkValue = /^<[^<>\s]*>(?:\s*;\s*[\w!#$%&'*+.^`|~-]+(?:=(?:"[^"]*"|[^\s";,]*))?)*$/;
const hop = ['connection', 'content-length'];

/** The hints as Node takes them. Throws a TypeError for what no client would understand. */
export function toNodeHints(hints: EarlyHints): Record<string, string | string[]> {
  if (typeof hints !== 'object' || hints === null || hints.link === undefined)
    throw new TypeError("Early hints are an object with a link: { link: '</style.css>; rel=preload; as=style' }.");
  const checked: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(hints)) {
    checkHeader(name, value);
    if (hop.includes(name.toLowerCase())) throw new TypeError(`The header '${name}' is for the server to set.`);
    checked[name.toLowerCase()] = typeof value === 'string' ? value : name === 'link' ? [...value] : value.join(', ');
  }
  const wrong = [checked['link'] ?? []].flat().find((each) => !linkValue.test(each));
  if (wrong !== undefined) throw new TypeError(`'${wrong}' is no link; write '</style.css>; rel=preload; as=style'.`);
  return checked;
}

/** RFC 9110 6.5.1: what a recipient has to know before the body, and whatever opens a door or a cookie jar. */
const neverTrailers = [
  'accept-ranges age allow authorization cache-control connection content-encoding content-length content-range',
  'content-type cookie date expect expires host keep-alive location max-forwards pragma proxy-authenticate',
  'proxy-authorization range retry-after set-cookie te trailer transfer-encoding upgrade vary warning www-authenticate',
]
  .join(' ')
  .split(' ');

/** The names in lower case. Throws a TypeError for one that may not come behind a body. */
export function toTrailerNames(names: readonly string[]): string[] {
  return names.map((name) => {
    const lower = name.toLowerCase();
    if (neverTrailers.includes(lower) || lower.startsWith('if-'))
      throw new TypeError(`'${name}' has to stand before the body, so it is no trailer.`);
    checkHeader(name, '');
    return lower;
  });
}

/** What is computed at the end of the body. Throws a TypeError for a name that was not declared. */
export async function computeTrailers({ names, compute }: Trailers): Promise<Record<string, string>> {
  const computed: Record<string, string> = {};
  for (const [name, value] of Object.entries(await compute())) {
    if (value === undefined) continue;
    if (!names.includes(name.toLowerCase())) throw new TypeError(`The trailer '${name}' was not declared.`);
    checkHeader(name, value);
    computed[name.toLowerCase()] = value;
  }
  return computed;
}
