import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Settled } from './socket-monitor.js';

/** How long a server may take for one exchange. Far more than anything takes here, so that passing it is a hang. Milliseconds. */
export const deadline = 10_000;

/** A server did not answer, or did not close, in time. */
export class HangError extends Error {}

/** A server that raw requests are sent to, and the monitor of its process. */
export class WireTarget {
  readonly name: string;
  readonly port: number;
  readonly #monitor: Socket;
  readonly #waiting = new Map<number, (settled: Settled) => void>();
  #lastId = 0;

  constructor(name: string, port: number, monitorPort: number) {
    this.name = name;
    this.port = port;
    this.#monitor = connect(monitorPort, '127.0.0.1').setNoDelay(true);
    // What is not answered any more is reported by the deadline of whoever waits.
    this.#monitor.on('error', () => {});
    createInterface({ input: this.#monitor }).on('line', (line) => {
      const [id, written, ended] = line.split(' ');
      const answer = this.#waiting.get(Number(id));
      this.#waiting.delete(Number(id));
      answer?.({ written: Number(written), ended: ended === '1' });
    });
  }

  /** Resolves once the server has done all that it will do with `sent` bytes of a connection from `localPort`. */
  settle(localPort: number, sent: number): Promise<Settled> {
    return this.#ask(`${this.port}:${localPort} ${sent}`);
  }

  /** The connection from `localPort` is closed, and another may come from there. */
  forget(localPort: number): void {
    this.#monitor.write(`forget ${this.port}:${localPort}\n`);
  }

  /** Bytes of the heap that are in use after a collection. */
  async heapUsed(): Promise<number> {
    return (await this.#ask('memory 0')).written;
  }

  close(): void {
    this.#monitor.destroy();
  }

  #ask(question: string): Promise<Settled> {
    const id = ++this.#lastId;
    this.#monitor.write(`${id} ${question}\n`);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }
}
