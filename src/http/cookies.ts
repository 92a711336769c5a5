import { parseCookie, stringifySetCookie, type SetCookie } from 'cookie';

/** Attributes of a cookie that is set, by RFC 6265bis. `maxAge` is in seconds. */
export type CookieOptions = Omit<SetCookie, 'name' | 'value'>;

/** The cookies of one exchange: what the client sent, and what is to be set. */
export class CookieStore {
  readonly #header: string | undefined;
  readonly #emit: (line: string) => void;
  #parsed: Record<string, string | undefined> | undefined;

  constructor(header: string | undefined, emit: (line: string) => void) {
    this.#header = header;
    this.#emit = emit;
  }

  /** The value that the client sent, decoded; undefined where it sent none. */
  get(name: string): string | undefined {
    this.#parsed ??= this.#header === undefined ? {} : parseCookie(this.#header);
    return Object.hasOwn(this.#parsed, name) ? this.#parsed[name] : undefined;
  }

  /** Adds a Set-Cookie line. Throws a TypeError for a name or attribute that cookies cannot have. */
  set(name: string, value: string, options: CookieOptions = {}): void {
    this.#emit(stringifySetCookie({ path: '/', ...options, name, value }));
  }

  /** Makes the client forget a cookie; path and domain must be those it was set with. */
  delete(name: string, options: CookieOptions = {}): void {
    this.set(name, '', { ...options, expires: new Date(0), maxAge: 0 });
  }
}
