import type { Readable } from 'node:stream';

/** What is known of an uploaded file before its end. */
export interface FileFacts {
  /** The name of its field. */
  readonly field: string;
  /**
   * The client's name for it: the last segment of the path, without control characters; empty where there was none. Show
   * it, and make no path of it.
   */
  readonly name: string;
  /** Its type, in lower case and without parameters. */
  readonly type: string;
  /** Whether `type` was found in the first bytes, or is what the client says. */
  readonly typeFrom: 'content' | 'client';
}

/** A file on the disk that can be moved. */
export interface StoredFile {
  readonly path: string;
  moveTo(path: string): Promise<void>;
}

abstract class UploadedFileBase implements FileFacts {
  readonly field: string;
  readonly name: string;
  readonly type: string;
  readonly typeFrom: 'content' | 'client';

  constructor({ field, name, type, typeFrom }: FileFacts) {
    this.field = field;
    this.name = name;
    this.type = type;
    this.typeFrom = typeFrom;
  }
}

/** An uploaded file on the disk, whole. It is removed when its exchange is over, unless it was moved. */
export class DiskFile extends UploadedFileBase {
  /** Bytes. */
  readonly size: number;
  readonly #file: StoredFile;

  constructor(facts: FileFacts & { readonly size: number }, file: StoredFile) {
    super(facts);
    this.size = facts.size;
    this.#file = file;
  }

  /** Where it lies: in the application's temporary folder, or where it was moved. */
  get path(): string {
    return this.#file.path;
  }

  /**
   * Moves it out of the temporary folder, also to another volume, over what lies at `path`. It is then yours. Rejects
   * where it cannot be written, and where the exchange is over and the file removed.
   */
  moveTo(path: string): Promise<void> {
    return this.#file.moveTo(path);
  }
}

/** An uploaded file in memory, whole. */
export class MemoryFile extends UploadedFileBase {
  readonly bytes: Buffer;

  constructor(facts: FileFacts, bytes: Buffer) {
    super(facts);
    this.bytes = bytes;
  }

  /** Bytes. */
  get size(): number {
    return this.bytes.length;
  }
}

/** An uploaded file that is still arriving. */
export class UploadedStream extends UploadedFileBase {
  /**
   * The bytes, once. Fails with a 413 where there are more than the limit allows, with a 400 where the body is cut, and with
   * the reason of `ctx.signal` once that aborts. Not reading holds the client back.
   */
  readonly stream: Readable;
  readonly #counted: () => number;

  constructor(facts: FileFacts, stream: Readable, counted: () => number) {
    super(facts);
    this.stream = stream;
    this.#counted = counted;
  }

  /** Bytes that have arrived so far; all of them once the stream has ended. */
  get size(): number {
    return this.#counted();
  }
}

/** What a handler gets for a file. */
export type UploadedFileValue = DiskFile | MemoryFile | UploadedStream;
