import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { deadline, HangError, type WireTarget } from './wire-target.js';

/** A connection of whose bytes the caller decides, to a server that says when it is done with them. */
export class WireConnection {
  readonly #target: WireTarget;
  readonly #socket: Socket;
  #localPort = 0;
  #sent = 0;
  #received = 0;
  #chunks: Buffer[] = [];
  #closed = false;
  #wake: (() => void) | undefined;

  private constructor(target: WireTarget, socket: Socket) {
    this.#target = target;
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#received += chunk.length;
      this.#chunks.push(chunk);
      this.#wake?.();
    });
    // A reset shows in what has not arrived.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closed = true;
      target.forget(this.#localPort);
      this.#wake?.();
    });
  }

  static async open(target: WireTarget): Promise<WireConnection> {
    const socket = connect({ port: target.port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const connection = new WireConnection(target, socket);
    // The server's end is answered with our own, as allowHalfOpen leaves it to us.
    socket.on('end', () => socket.end());
    await once(socket, 'connect');
    connection.#localPort = socket.localPort ?? 0;
    return connection;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Sends bytes and resolves once the server is done with them. What it has said by then is in {@link take}. */
  async send(bytes: Buffer): Promise<void> {
    if (this.#closed) return;
    this.#sent += bytes.length;
    this.#socket.write(bytes);
    await this.#within('answered', async () => {
      const { written, ended } = await this.#target.settle(this.#localPort, this.#sent);
      while (!this.#closed && (ended || this.#received < written)) await this.#change();
    });
  }

  /** Sends bytes and the end at once, or the end alone. Resolves once the connection has closed. */
  async end(bytes?: Buffer): Promise<void> {
    if (bytes === undefined) this.#socket.end();
    else this.#socket.end(bytes);
    await this.#within('closed', async () => {
      while (!this.#closed) await this.#change();
    });
  }

  /** Sends bytes and breaks the connection off. */
  async reset(bytes: Buffer): Promise<void> {
    await new Promise((resolve) => this.#socket.write(bytes, resolve));
    this.#socket.resetAndDestroy();
  }

  /** What has been received since it was last taken. */
  take(): Buffer {
    const taken = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return taken;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #within(what: string, wait: () => Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new HangError(`${this.#target.name} has not ${what} within ${deadline} ms`));
      }, deadline);
    });
    try {
      await Promise.race([wait(), late]);
    } catch (error) {
      this.#socket.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
