import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecure, type ConnectionOptions } from 'node:tls';
import type { Clock } from '../../../foundation/index.js';
import { ClientConnection } from './client-connection.js';
import { toRequestBytes } from './request-bytes.js';
import { stopOf, type RunningInstance, type StoppableInstance } from './running-instance.js';

/** How often an instance is asked whether it is ready. Milliseconds. */
const pollInterval = 20;

/** How clients verify instances whose URL is https. */
export type ClientTls = Pick<ConnectionOptions, 'ca' | 'rejectUnauthorized' | 'servername'>;

/** An instance behind the balancer. */
export interface Backend {
  readonly instance: RunningInstance;
  readonly url: string;
  isReady: boolean;
  /** When its stop began, by the clock's `elapsed`. */
  stopBegan: number | undefined;
}

/** What a client gets that wants a connection. */
export type Dialled =
  | { readonly kind: 'connected'; readonly connection: ClientConnection; readonly backend: Backend }
  /** Nobody accepted it. */
  | { readonly kind: 'refused'; readonly reason: string; readonly backend: Backend | undefined }
  /** It was accepted, and broken off before a request could be written: in the TLS handshake. */
  | { readonly kind: 'reset'; readonly reason: string; readonly backend: Backend };

/**
 * Gives each new connection to the next instance that is ready, as a balancer at TCP level does, but inside of the client:
 * so that every byte and every end is seen as the instance made it. A refused connection goes to another instance, whereas
 * bytes that have gone out stay where they went.
 */
export class Balancer {
  readonly #clock: Clock;
  readonly #tls: ClientTls;
  readonly #avoidsStopping: boolean;
  readonly #backends: Backend[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Set<ClientConnection>();
  #turn = 0;
  #opened = 0;
  #isClosed = false;

  constructor(clock: Clock, tls: ClientTls, avoidsStopping: boolean) {
    this.#clock = clock;
    this.#tls = tls;
    this.#avoidsStopping = avoidsStopping;
  }

  get backends(): readonly Backend[] {
    return this.#backends;
  }

  /** Connections that were opened. */
  get opened(): number {
    return this.#opened;
  }

  /** Connections that have not closed. */
  get open(): number {
    return this.#sockets.size;
  }

  add(instance: RunningInstance): Backend {
    const backend: Backend = { instance, url: instance.url, isReady: true, stopBegan: undefined };
    this.#backends.push(backend);
    if (isAsked(instance)) void this.#watch(backend, instance);
    return backend;
  }

  /** Begins the stop of an instance; rejects as that does. */
  async stop(backend: Backend): Promise<void> {
    backend.stopBegan = this.#clock.elapsed();
    await stopOf(backend.instance);
  }

  async dial(): Promise<Dialled> {
    const tried = new Set<Backend>();
    for (;;) {
      const backend = this.#next(tried);
      if (backend === undefined) {
        const reason = tried.size === 0 ? 'no instance is ready' : 'ECONNREFUSED';
        return { kind: 'refused', reason, backend: [...tried].at(-1) };
      }
      const dialled = await this.#dial(backend, backend.url);
      if (dialled.kind !== 'refused') {
        this.#opened++;
        return dialled;
      }
      tried.add(backend);
      if (!isAsked(backend.instance)) backend.isReady = false;
    }
  }

  /** Ends every connection; what has no answer yet is lost for `reason`. */
  abandon(reason: string): void {
    for (const connection of this.#connections) connection.abandon(reason);
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #next(tried: ReadonlySet<Backend>): Backend | undefined {
    const eligible = this.#backends.filter((each) => !tried.has(each) && this.#isEligible(each));
    return eligible[this.#turn++ % eligible.length];
  }

  #isEligible({ isReady, stopBegan }: Backend): boolean {
    if (this.#avoidsStopping && stopBegan !== undefined) return false;
    // Alone, there is no other to send to: clients that know one address go on trying that.
    return isReady || this.#backends.length === 1;
  }

  #dial(backend: Backend, url: string): Promise<Dialled> {
    const { protocol, hostname, port } = new URL(url);
    const isSecure = protocol === 'https:';
    const target = { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port || (isSecure ? 443 : 80)) };
    const socket = isSecure ? connectSecure({ ...target, ...this.#tls }) : connectPlain(target);
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    let isAccepted = false;
    socket.once('connect', () => {
      isAccepted = true;
    });
    return new Promise((resolve) => {
      const fail = (error: NodeJS.ErrnoException): void =>
        resolve({ kind: isAccepted ? 'reset' : 'refused', reason: error.code ?? error.message, backend });
      socket.once('error', fail);
      socket.once('close', () => fail(new Error('it was closed')));
      socket.once(isSecure ? 'secureConnect' : 'connect', () => {
        socket.off('error', fail);
        const connection = new ClientConnection(socket, this.#clock);
        this.#connections.add(connection);
        socket.on('close', () => this.#connections.delete(connection));
        resolve({ kind: 'connected', connection, backend });
      });
    });
  }

  async #watch(backend: Backend, instance: StoppableInstance): Promise<void> {
    while (!this.#isClosed) {
      backend.isReady = await this.#isReady(backend, instance).catch(() => false);
      await this.#clock.wait(pollInterval);
    }
  }

  async #isReady(backend: Backend, { ready, readyUrl }: StoppableInstance): Promise<boolean> {
    if (ready !== undefined) return ready();
    if (readyUrl === undefined) return true;
    const dialled = await this.#dial(backend, readyUrl);
    if (dialled.kind !== 'connected') return false;
    const { host, pathname, search } = new URL(readyUrl);
    const headers = { connection: 'close' };
    const request = toRequestBytes(host, 'GET', { path: `${pathname}${search}`, headers });
    const outcome = await dialled.connection.send(request).outcome;
    return outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300;
  }
}

/** Whether it says itself when it is ready. */
function isAsked(instance: RunningInstance): instance is StoppableInstance {
  return 'stop' in instance && (instance.ready ?? instance.readyUrl) !== undefined;
}
