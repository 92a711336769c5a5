import { parseCookie, stringifySetCookie, type SetCookie } from 'cookie';

/** Attributes of a cookie that is set, by RFC 6265bis. `maxAge` is in seconds. */
export type CookieOptions = Omit<SetCookie, 'name' | 'value'>;

/** The cookies of one exchange: what the client sent, and what is to be set. */
export class CookieStore {
  readonly #header: string | undefined;
  readonly #emit: (line: string, earlier: string | undefined) => void;
  readonly #lines = new Map<string, string>();
  #parsed: Record<string, string | undefined> | undefined;

  /** `emit` gets each line for Set-Cookie, and the one that it stands in place of. */
  constructor(header: string | undefined, emit: (line: string, earlier: string | undefined) => void) {
    this.#header = header;
    this.#emit = emit;
  }

  /** The value that the client sent, decoded; undefined where it sent none. */
  get(name: string): string | undefined {
    this.#parsed ??= this.#header === undefined ? {} : parseCookie(this.#header);
    return Object.hasOwn(this.#parsed, name) ? this.#parsed[name] : undefined;
  }

  /**
   * Sets a cookie. One that was set before under the same name, domain and path is not sent: which of two counts would be
   * for the client to say (RFC 6265 4.1.1). Throws a TypeError for a name or attribute that cookies cannot have.
   */
  set(name: string, value: string, options: CookieOptions = {}): void {
    const cookie = { path: '/', ...options, name, value };
    const line = stringifySetCookie(cookie);
    const key = [name, cookie.domain?.toLowerCase(), cookie.path, cookie.partitioned === true].join(';');
    this.#emit(line, this.#lines.get(key));
    this.#lines.set(key, line);
  }

  /** Makes the client forget a cookie; path and domain must be those it was set with. */
  delete(name: string, options: CookieOptions = {}): void {
    this.set(name, '', { ...options, expires: new Date(0), maxAge: 0 });
  }
}
