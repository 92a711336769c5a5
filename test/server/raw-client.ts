import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectSecure } from 'node:tls';

/** One end of a connection as a client sees it: bytes out, text in. */
export class RawClient {
  readonly stream: Duplex;
  text = '';
  closed = false;
  readonly #waiting = new Set<() => void>();

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      this.#wake();
    });
    // A reset shows in what has not arrived.
    stream.on('error', () => {});
    stream.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  send(text: string): this {
    this.stream.write(text);
    return this;
  }

  /** Resolves once the text holds `part` (or the connection has closed), with everything that has come so far. */
  async until(part: string, times = 1): Promise<string> {
    while (this.text.split(part).length - 1 < times && !this.closed)
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    return this.text;
  }

  /** Resolves with everything that came once the connection has closed. */
  async end(): Promise<string> {
    while (!this.closed) await new Promise<void>((resolve) => this.#waiting.add(resolve));
    return this.text;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** Connects to what `url` names, over TCP, TLS or a Unix socket. */
export async function connectTo(url: string): Promise<RawClient> {
  if (url.startsWith('http+unix://')) {
    const socket = connectPlain({ path: decodeURIComponent(url.slice('http+unix://'.length)) });
    await once(socket, 'connect');
    return new RawClient(socket);
  }
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === 'https:';
  const target = { host: hostname, port: Number(port) };
  const socket: Socket = secure ? connectSecure({ ...target, rejectUnauthorized: false }) : connectPlain(target);
  await once(socket, secure ? 'secureConnect' : 'connect');
  return new RawClient(socket);
}

export const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
