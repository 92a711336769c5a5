/** How much of an answer is kept to be shown. */
const shown = 120;

/** A head that grows beyond this is none. */
const maxHead = 65_536;

/** Which bytes come next. */
type Part =
  | { readonly at: 'head' | 'chunk size' | 'trailers'; readonly text: string }
  | { readonly at: 'length' | 'chunk'; readonly left: number }
  | { readonly at: 'close' | 'whole' | 'no answer' };

/**
 * Reads one answer from the bytes of a connection, however they are cut, and keeps nothing of it but its status, its
 * length and its first bytes. Where it ends is RFC 9112 6.3; interim answers (1xx) are passed over.
 */
export class AnswerReader {
  readonly #method: string;
  #part: Part = { at: 'head', text: '' };
  #status = 0;
  #saysClose = false;
  #saysRetryAfter = false;
  #received = 0;
  #seen = Buffer.alloc(0);

  constructor(method: string) {
    this.#method = method;
  }

  /** 0 before there is a head. */
  get status(): number {
    return this.#status;
  }

  /** Whether the connection ends with this answer (RFC 9112 9.6). */
  get saysClose(): boolean {
    return this.#saysClose;
  }

  /** Whether it says when to come back (RFC 9110 10.2.3). */
  get saysRetryAfter(): boolean {
    return this.#saysRetryAfter;
  }

  /** Bytes of it that have come, those of its head included. */
  get received(): number {
    return this.#received;
  }

  /** Its first bytes. */
  get seen(): Buffer {
    return this.#seen;
  }

  get isWhole(): boolean {
    return this.#part.at === 'whole';
  }

  /** What came is no HTTP answer. */
  get isNoAnswer(): boolean {
    return this.#part.at === 'no answer';
  }

  /** Takes what belongs to this answer and returns what is left. */
  read(bytes: Buffer): Buffer {
    let rest = bytes;
    while (rest.length > 0 && !this.isWhole) rest = rest.subarray(this.#take(rest));
    const taken = bytes.length - rest.length;
    if (this.#seen.length < shown)
      this.#seen = Buffer.concat([this.#seen, bytes.subarray(0, Math.min(taken, shown - this.#seen.length))]);
    this.#received += taken;
    return rest;
  }

  /** The server has ended its side: what has no length of its own is whole by that. */
  end(): void {
    if (this.#part.at === 'close') this.#part = { at: 'whole' };
  }

  /** Returns how many bytes were taken: at least one. */
  #take(bytes: Buffer): number {
    const part = this.#part;
    switch (part.at) {
      case 'head':
        return this.#takeText(bytes, part.text, '\r\n\r\n', (head) => this.#afterHead(head));
      case 'chunk size':
        return this.#takeText(bytes, part.text, '\r\n', (line) => afterChunkSize(line));
      case 'trailers':
        // Without trailers the empty line stands alone.
        if (part.text.length < 2 && `${part.text}${bytes.toString('latin1', 0, 2)}`.startsWith('\r\n')) {
          this.#part = { at: 'whole' };
          return 2 - part.text.length;
        }
        return this.#takeText(bytes, part.text, '\r\n\r\n', () => ({ at: 'whole' }));
      case 'length':
      case 'chunk':
        return this.#takeCounted(bytes, part.at, part.left);
      case 'close':
      case 'no answer':
      case 'whole':
        return bytes.length;
    }
  }

  #takeText(bytes: Buffer, before: string, end: string, next: (text: string) => Part): number {
    const text = before + bytes.toString('latin1');
    const at = text.indexOf(end);
    if (at !== -1) {
      this.#part = next(text.slice(0, at));
      return at + end.length - before.length;
    }
    this.#part = text.length > maxHead ? { at: 'no answer' } : { ...(this.#part as { at: 'head' }), text };
    return bytes.length;
  }

  #takeCounted(bytes: Buffer, at: 'length' | 'chunk', left: number): number {
    const taken = Math.min(bytes.length, left);
    if (taken < left) this.#part = { at, left: left - taken };
    else this.#part = at === 'length' ? { at: 'whole' } : { at: 'chunk size', text: '' };
    return taken;
  }

  #afterHead(head: string): Part {
    const match = /^HTTP\/1\.([01]) (\d{3})/.exec(head);
    if (match === null) return { at: 'no answer' };
    const status = Number(match[2]);
    if (status < 200) return { at: 'head', text: '' };
    this.#status = status;
    this.#saysRetryAfter = valueOf(head, 'retry-after') !== undefined;
    const connection = valueOf(head, 'connection') ?? '';
    this.#saysClose = match[1] === '0' ? !/\bkeep-alive\b/i.test(connection) : /\bclose\b/i.test(connection);
    if (this.#method === 'HEAD' || status === 204 || status === 304) return { at: 'whole' };
    if (/\bchunked\s*$/i.test(valueOf(head, 'transfer-encoding') ?? '')) return { at: 'chunk size', text: '' };
    const length = valueOf(head, 'content-length');
    if (length === undefined) {
      this.#saysClose = true;
      return { at: 'close' };
    }
    if (!/^\d+$/.test(length)) return { at: 'no answer' };
    return Number(length) === 0 ? { at: 'whole' } : { at: 'length', left: Number(length) };
  }
}

function afterChunkSize(line: string): Part {
  const size = /^([0-9a-f]+)\s*(?:;.*)?$/i.exec(line)?.[1];
  if (size === undefined) return { at: 'no answer' };
  const length = Number.parseInt(size, 16);
  return length === 0 ? { at: 'trailers', text: '' } : { at: 'chunk', left: length + 2 };
}

function valueOf(head: string, name: string): string | undefined {
  const values = head
    .split('\r\n')
    .filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trim());
  return values.length === 0 ? undefined : values.join(', ');
}
