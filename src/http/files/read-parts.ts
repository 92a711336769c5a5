import type { Readable, Writable } from 'node:stream';
import { BodyStream } from '../body/body-stream.js';
import { BadRequestError, ContentTooLargeError } from '../http-errors-by-status.js';
import type { ResolvedMultipartLimits } from '../server-options.js';
import { parseDisposition } from './content-disposition.js';

/** One part of a form, whose body has to be read before the next one comes. */
export interface Part {
  readonly name: string;
  /** Undefined for a field; empty for a file input in which nothing was chosen. */
  readonly fileName: string | undefined;
  /** Its headers by lower-case name, of bytes. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
  /** Bytes that have arrived. */
  readonly size: number;
  /** Fails the part with `error` when more than `maxSize` bytes arrive, or have arrived. */
  limit(maxSize: number, error: () => Error): void;
  /** Gives the memory of a chunk of `body` back where nobody else has it. The chunk may not be looked at again. */
  release(chunk: Buffer): void;
}

type PartHeaders = Readonly<Record<string, readonly string[]>>;

/** What is used of the splitter of @fastify/busboy, whose own types change those of Node's streams. */
export type PartSplitter = new (options: {
  readonly boundary: string;
  readonly maxHeaderPairs: number;
  readonly maxHeaderSize: number;
}) => Writable;

/** `last`: of what follows the part that was read nothing counts. */
type QueueState =
  | { readonly kind: 'open' }
  | { readonly kind: 'last' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly error: Error };

/** Splits a body into its parts. What breaks it fails the parts that are open, and whoever waits for the next. */
export class PartReader {
  readonly #body: Readable;
  readonly #limits: ResolvedMultipartLimits;
  readonly #maxSize: number;
  readonly #queue: Part[] = [];
  readonly #open = new Set<Readable>();
  #state: QueueState = { kind: 'open' };
  #wake: () => void = () => undefined;
  #size = 0;
  #count = 0;
  #headless: Readable | undefined;
  /** Whether nobody else has got the chunks of the body. */
  #isAlone: boolean;

  constructor(
    body: Readable,
    boundary: string,
    { limits, maxSize, Splitter }: { limits: ResolvedMultipartLimits; maxSize: number; Splitter: PartSplitter },
  ) {
    this.#body = body;
    this.#limits = limits;
    this.#maxSize = maxSize;
    // What somebody's own stream gives may be in use there.
    this.#isAlone = body instanceof BodyStream;
    // One pair and a few bytes more than are taken, so that a breach shows: the splitter drops the rest without a word.
    const splitter = new Splitter({
      boundary,
      maxHeaderPairs: limits.headerPairs + 1,
      maxHeaderSize: limits.headerSize + 64,
    });
    splitter.on('part', (part: Readable) => this.#onPart(part));
    splitter.on('error', (cause: Error) => this.#break(malformed('it ends in the middle, or has no boundary', cause)));
    splitter.on('finish', () => this.#end());
    body.on('data', (chunk: Buffer) => this.#onBytes(chunk.length));
    body.on('error', (error: Error) => this.fail(error));
    body.on('close', () => {
      if (!body.readableEnded) this.fail(new BadRequestError('The client left before the body had arrived.'));
    });
    body.pipe(splitter);
  }

  /** The next part; undefined after the last. */
  async next(): Promise<Part | undefined> {
    for (;;) {
      if (this.#state.kind === 'failed') throw this.#state.error;
      const part = this.#queue.shift();
      if (part !== undefined || this.#state.kind === 'ended') return part;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Stops reading; what is open fails with `error`. Only the first counts. */
  fail(error: Error): void {
    if (this.#state.kind === 'failed') return;
    this.#state = { kind: 'failed', error };
    this.#body.unpipe();
    this.#queue.length = 0;
    for (const part of this.#open) {
      // At once, since the splitter is about to emit an error of its own, and the first one counts.
      part.emit('error', error);
      part.destroy(error);
    }
    this.#wake();
  }

  /** Leaves out whatever follows the part that was read last. */
  ignoreRest(): void {
    if (this.#state.kind === 'failed') return;
    for (const part of this.#queue) part.body.resume();
    // One that was there already, headless or not, ends the part that is read.
    this.#state = { kind: this.#queue.length > 0 || this.#headless !== undefined ? 'ended' : 'last' };
    this.#headless?.resume();
    this.#queue.length = 0;
  }

  /** The body is not what it should be; that is nobody's business once what is wanted of it has arrived. */
  #break(error: Error): void {
    if (this.#state.kind === 'ended') this.#body.unpipe();
    else this.fail(error);
  }

  #onPart(part: Readable): void {
    // Of a part that nobody reads any more an error has nobody who listens, and would end the process.
    part.on('error', () => undefined);
    if (this.#state.kind !== 'open') {
      if (this.#state.kind === 'last') this.#state = { kind: 'ended' };
      part.resume();
      return;
    }
    if (this.#headless !== undefined) {
      this.fail(malformed('a part has no end of its headers'));
      return;
    }
    if (++this.#count > this.#limits.parts) {
      this.fail(
        new ContentTooLargeError(`The form has more than the ${this.#limits.parts} parts that are taken here.`),
      );
      return;
    }
    this.#headless = part;
    this.#open.add(part);
    part.on('close', () => this.#open.delete(part));
    part.on('header', (headers: PartHeaders) => this.#onHeaders(part, headers));
  }

  #onHeaders(body: Readable, given: PartHeaders): void {
    this.#headless = undefined;
    if (this.#state.kind !== 'open') return;
    try {
      this.#queue.push(new MeasuredPart(readHeaders(given, this.#limits), body, (chunk) => this.#release(chunk)));
      this.#wake();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /**
   * Node makes a buffer for each chunk of a body. Left to the collector 64 MiB of them pile up, and to collect them, and to
   * touch new memory all the time, takes as long as everything else that an upload does.
   */
  #release({ buffer, length }: Buffer): void {
    if (!this.#isAlone || length < minReleased || !(buffer instanceof ArrayBuffer)) return;
    // One that has less than all of it may stand in it beside another part.
    if (length === buffer.byteLength) buffer.transfer(0);
  }

  #onBytes(bytes: number): void {
    // Native code may listen too, and keep what it hears.
    const body = this.#body;
    if (body.listenerCount('data') > ownListeners || (body as Partial<BodyStream>).isShared === true)
      this.#isAlone = false;
    this.#size += bytes;
    if (this.#size <= this.#maxSize) return;
    this.#break(new ContentTooLargeError(`The form is larger than the ${this.#maxSize} bytes that are taken here.`));
  }

  #end(): void {
    if (this.#state.kind === 'failed' || this.#state.kind === 'ended') return;
    if (this.#state.kind === 'open' && this.#headless !== undefined) {
      this.fail(malformed('a part has no end of its headers'));
      return;
    }
    this.#state = { kind: 'ended' };
    this.#wake();
  }
}

/** The one that counts, and that of the pipe. */
const ownListeners = 2;

/** Smaller ones are not worth it, and may be the memory in which the splitter keeps half a boundary. Bytes. */
const minReleased = 4_096;

type PartHead = Pick<Part, 'name' | 'fileName' | 'headers'>;

/** Counts what the splitter puts in: a stage of its own would take a turn of the loop for every chunk. */
class MeasuredPart implements Part {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
  readonly release: (chunk: Buffer) => void;
  #size = 0;
  #maxSize = Number.MAX_SAFE_INTEGER;
  #error: () => Error = () => new Error('There is no limit.');

  constructor({ name, fileName, headers }: PartHead, body: Readable, release: (chunk: Buffer) => void) {
    this.name = name;
    this.fileName = fileName;
    this.headers = headers;
    this.body = body;
    this.release = release;
    const push = body.push.bind(body);
    body.push = (chunk: Buffer | null) => {
      if (chunk !== null && this.#isTooMuch(chunk.length)) return false;
      return push(chunk);
    };
  }

  get size(): number {
    return this.#size;
  }

  limit(maxSize: number, error: () => Error): void {
    this.#maxSize = maxSize;
    this.#error = error;
    this.#isTooMuch(0);
  }

  #isTooMuch(more: number): boolean {
    this.#size += more;
    if (this.#size <= this.#maxSize) return false;
    this.body.destroy(this.#error());
    return true;
  }
}

function readHeaders(given: PartHeaders, limits: ResolvedMultipartLimits): PartHead {
  const pairs = Object.entries(given).flatMap(([name, values]) => values.map((value) => [name, value] as const));
  const disposition = parseDisposition(given['content-disposition']?.[0] ?? '');
  const place = disposition === undefined ? 'A part of the form' : `The part '${shown(disposition.name)}' of the form`;
  if (pairs.length > limits.headerPairs)
    throw new ContentTooLargeError(`${place} has more than the ${limits.headerPairs} headers that are taken here.`);
  const size = pairs.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  if (size > limits.headerSize)
    throw new ContentTooLargeError(
      `${place} has more than the ${limits.headerSize} bytes of headers that are taken here.`,
    );
  if (disposition === undefined || (given['content-disposition']?.length ?? 0) > 1)
    throw malformed('a part has no Content-Disposition with a name, or one that cannot be read');
  if (Buffer.byteLength(disposition.name) > limits.nameSize)
    throw new ContentTooLargeError(
      `The name of the field '${shown(disposition.name)}' is longer than the ${limits.nameSize} bytes that are taken here.`,
    );
  if (disposition.name === '__proto__') throw new BadRequestError('The form has a field that is refused (__proto__).');
  return { ...disposition, headers: Object.fromEntries(pairs) };
}

function malformed(reason: string, cause?: unknown): BadRequestError {
  return new BadRequestError(`The body is not a valid multipart form: ${reason}.`, { cause });
}

/** A field as a JSON Pointer (RFC 6901). */
export function pointerTo(name: string): string {
  return `/${shown(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Names of the client's in a sentence: not all of a long one. */
export function shown(name: string): string {
  return name.length > 80 ? `${name.slice(0, 80).toWellFormed()}...` : name;
}
