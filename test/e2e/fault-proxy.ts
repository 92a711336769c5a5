import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * What happens to bytes on their way to the service behind, and back.
 *
 * - `none`: they pass.
 * - `latency`: each piece waits for `delay` milliseconds first.
 * - `slow`: they pass one by one, `delay` milliseconds apart.
 * - `reset`: whoever has sent something is cut off with a RST.
 * - `halfClose`: the service's side ends behind the first byte of its answer.
 * - `blackHole`: they are taken, and nothing ever comes back.
 */
export type Fault =
  | { readonly kind: 'none' | 'reset' | 'halfClose' | 'blackHole' }
  | { readonly kind: 'latency' | 'slow'; readonly delay: number };

/** Stands between a client and a service on 127.0.0.1, and does to their bytes what networks do. */
export class FaultProxy {
  fault: Fault = { kind: 'none' };
  readonly #server: Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#serve(client));
  }

  /** Listens on a free port, and leads to the port `target`. */
  static async open(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts all connections, and listens no longer. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    const service = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [client, service]) {
      this.#sockets.add(socket);
      // A broken connection is what this is for; its other half is cut as well.
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        service.destroy();
      });
    }
    void this.#carry(client, service, false);
    void this.#carry(service, client, true);
  }

  async #carry(from: Socket, to: Socket, isAnswer: boolean): Promise<void> {
    try {
      for await (const piece of from as AsyncIterable<Buffer>) {
        const { fault } = this;
        if (fault.kind === 'blackHole') continue;
        if (fault.kind === 'reset') return void from.resetAndDestroy();
        if (fault.kind === 'latency') await wait(fault.delay);
        if (fault.kind === 'slow') await trickle(piece, to, fault.delay);
        else if (fault.kind === 'halfClose' && isAnswer) return void to.end(piece.subarray(0, 1));
        else to.write(piece);
      }
      to.end();
    } catch {
      to.destroy();
    }
  }
}

async function trickle(piece: Buffer, to: Socket, delay: number): Promise<void> {
  for (const byte of piece) {
    if (to.destroyed) return;
    to.write(Buffer.of(byte));
    await wait(delay);
  }
}
