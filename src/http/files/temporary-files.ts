import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { copyFile, mkdtemp, rename, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../../foundation/index.js';

/** How much may wait for the disk before the client is held back. */
const waitingBytes = 262_144;

/**
 * The temporary files of one application, in a folder that no other user can look into. The folder is made with the first
 * file and removed by `close`.
 */
export class TemporaryFiles {
  #folder: Promise<string> | undefined;
  #count = 0;
  #closed = false;
  readonly #removals = new Set<Promise<void>>();

  /**
   * Writes a new file from `content`, as fast as the disk takes it, and calls `onWritten` with each chunk that is there.
   * What was written of one that fails is removed.
   */
  async write(content: Readable, onWritten: (chunk: Buffer) => void = ignore): Promise<TemporaryFile> {
    const file = await this.#open();
    tellWritten(file, onWritten);
    const path = String(file.path);
    try {
      await pipeline(content, file);
    } catch (error) {
      await this.#track(unlink(path)).catch(() => undefined);
      throw error;
    }
    return new TemporaryFile(path, (removal) => this.#track(removal));
  }

  /** Waits for removals, at most `timeout` milliseconds, and removes the folder with whatever is left in it. */
  async close(clock: Clock, timeout: number): Promise<void> {
    this.#closed = true;
    await within(clock, timeout, Promise.allSettled(this.#removals));
    const folder = await this.#folder?.catch(() => undefined);
    this.#folder = undefined;
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  async #open(): Promise<WriteStream> {
    try {
      return await this.#openIn(await this.#folderPath());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      // Something cleans the system's temporary folder, and takes what has not been used for days.
      this.#folder = undefined;
      return this.#openIn(await this.#folderPath());
    }
  }

  async #openIn(folder: string): Promise<WriteStream> {
    const path = join(folder, String(++this.#count));
    const file = createWriteStream(path, { flags: 'wx', mode: 0o600, highWaterMark: waitingBytes });
    await once(file, 'open');
    return file;
  }

  async #folderPath(): Promise<string> {
    if (this.#closed) throw new Error('The application is closed, and its temporary files are gone.');
    const made = (this.#folder ??= mkdtemp(join(tmpdir(), 'bowline-uploads-')));
    try {
      return await made;
    } catch (error) {
      if (this.#folder === made) this.#folder = undefined;
      throw error;
    }
  }

  async #track(removal: Promise<void>): Promise<void> {
    this.#removals.add(removal);
    try {
      await removal;
    } finally {
      this.#removals.delete(removal);
    }
  }
}

function ignore(): void {}

function tellWritten(file: WriteStream, onWritten: (chunk: Buffer) => void): void {
  const write = file._write.bind(file);
  const writev = file._writev?.bind(file);
  file._write = (chunk: Buffer, encoding, done) => {
    write(chunk, encoding, (error) => {
      if (!error) onWritten(chunk);
      done(error);
    });
  };
  if (writev === undefined) return;
  file._writev = (chunks, done) => {
    writev(chunks, (error) => {
      if (!error) for (const { chunk } of chunks) onWritten(chunk as Buffer);
      done(error);
    });
  };
}

type FileState =
  | { readonly kind: 'temporary' }
  | { readonly kind: 'moving'; readonly done: Promise<void> }
  | { readonly kind: 'moved' }
  | { readonly kind: 'removed' };

/** A file that is removed unless it has been moved. */
export class TemporaryFile {
  #path: string;
  #state: FileState = { kind: 'temporary' };
  readonly #track: (removal: Promise<void>) => Promise<void>;

  constructor(path: string, track: (removal: Promise<void>) => Promise<void>) {
    this.#path = path;
    this.#track = track;
  }

  get path(): string {
    return this.#path;
  }

  async moveTo(path: string): Promise<void> {
    if (this.#state.kind !== 'temporary')
      throw new Error(`The uploaded file cannot be moved to ${path}: ${reasons[this.#state.kind]}.`);
    const done = move(this.#path, path);
    this.#state = { kind: 'moving', done };
    try {
      await done;
      this.#state = { kind: 'moved' };
      this.#path = path;
    } catch (error) {
      this.#state = { kind: 'temporary' };
      throw error;
    }
  }

  /** Removes it unless it was moved, after a move that is going on. Rejects where it cannot be. */
  async remove(): Promise<void> {
    if (this.#state.kind === 'moving') await this.#state.done.catch(() => undefined);
    // Read again: a move that failed has left it here.
    if (this.#state.kind !== 'temporary') return;
    this.#state = { kind: 'removed' };
    await this.#track(rm(this.#path, { force: true }));
  }
}

const reasons: Readonly<Record<Exclude<FileState['kind'], 'temporary'>, string>> = {
  moving: 'it is being moved',
  moved: 'it has been moved already',
  removed: 'its request is over, and it has been removed',
};

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    // Another volume.
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copyFile(from, to);
    await unlink(from);
  }
}

/** The work goes on after its time is up; only the waiting ends. */
function within(clock: Clock, timeout: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.schedule(resolve, timeout);
    void work.finally(() => {
      timer.cancel();
      resolve();
    });
  });
}
