import { Duplex } from 'node:stream';

interface Chunk {
  readonly chunk: string | Buffer;
}

/** A connection without a kernel: what Node's HTTP server takes for a socket, with a count of what was written to it. */
export class FakeSocket extends Duplex {
  /** Characters, which are bytes as long as answers are ASCII. */
  written = 0;
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 0;

  constructor() {
    // As net.Socket does it: strings go to the kernel as they are.
    super({ decodeStrings: false });
  }

  /** A request arrives. */
  receive(request: Buffer): void {
    this.push(request);
  }

  override _read(): void {}

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written += chunk.length;
    done();
  }

  override _writev(chunks: readonly Chunk[], done: () => void): void {
    for (const { chunk } of chunks) this.written += chunk.length;
    done();
  }

  // Timers are the kernel's and libuv's business here; loopback counts them.
  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  destroySoon(): void {
    this.destroy();
  }
}
