import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { ServerOptions as SecureServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { BowlineError, reasonOf, type Clock, type Logger } from '../foundation/index.js';
import {
  leaveRest,
  nodeHttp,
  nodeHttps,
  NotImplementedError,
  ServiceUnavailableError,
  type ErrorFormat,
  type MountedProvider,
  type ResolvedServerOptions,
} from '../http/index.js';
import { answerClientError, endConnection, type RawAnswers } from './client-error.js';
import { Connections, Generation } from './connections.js';
import { drain, type DrainReport } from './drain.js';
import { toListenError } from './listen-error.js';
import { urlOf, type ListenAddress } from './listen-address.js';
import { toMemorySocket } from './memory-socket.js';
import { whenRead } from './when-read.js';

/** What a server takes from its application. */
export interface HttpServerServices {
  readonly clock: Clock;
  readonly log: Logger;
  /** Shapes the answers to what no request can be made of. */
  readonly errorFormat: ErrorFormat;
}

type ServerState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'opening'; readonly settled: Promise<void> }
  | { readonly kind: 'open'; readonly address: AddressInfo | string }
  | { readonly kind: 'stopping'; readonly report: Promise<DrainReport> };

/** How often Node looks for heads and requests that take too long. Milliseconds. */
const checkingInterval = 250;

/**
 * One listening server: it owns the sockets, the timeouts and the leave-taking, whatever provider answers. Throws
 * BOW_OPTION_INVALID where key and certificate cannot be used.
 */
export function createHttpServer(options: ResolvedServerOptions, services: HttpServerServices): HttpServer {
  return new HttpServer(options, services);
}

export class HttpServer {
  readonly options: ResolvedServerOptions;
  readonly #answers: RawAnswers;
  readonly #connections: Connections;
  readonly #server: Server;
  #state: ServerState;

  constructor(options: ResolvedServerOptions, { clock, log, errorFormat }: HttpServerServices) {
    this.options = options;
    this.#answers = { server: options.name, errorFormat, log, clock };
    this.#connections = new Connections(
      new Generation(this.#unmounted()),
      (socket, error) => endConnection(this.#answers, socket, error),
      (request, socket) => leaveRest(request, socket, options.limits.unread, clock),
    );
    this.#server = makeServer(options);
    this.#state = { kind: 'closed' };
    this.#wire(this.#server);
  }

  get name(): string {
    return this.options.name;
  }

  /** The address it listens on; undefined while it does not. */
  get address(): AddressInfo | string | undefined {
    return this.#state.kind === 'open' ? this.#state.address : undefined;
  }

  /** Where a client on this machine reaches it. Throws BOW_WRONG_STATE while it does not listen. */
  get url(): string {
    if (this.address === undefined) throw this.#wrongState('url', 'Await listen() first.');
    return urlOf(this.address, this.#secure);
  }

  /** Requests in flight. */
  get inFlight(): number {
    return this.#connections.inFlight;
  }

  /** Open connections, in-memory ones and those in a TLS handshake included. */
  get connections(): number {
    return this.#connections.open;
  }

  /** Lets a mounted provider answer all requests from now on. Those in flight end where they began. */
  use(mounted: MountedProvider): Generation {
    const generation = new Generation(mounted);
    this.#connections.generation = generation;
    this.#server.removeListener('upgrade', this.#upgrade);
    // Without a listener Node serves a request that asks for an upgrade as an ordinary one (RFC 9110 7.8).
    if (mounted.upgrade !== undefined) this.#server.on('upgrade', this.#upgrade);
    return generation;
  }

  /** Opens it at `address`, or else where its options say. Throws BOW_LISTEN_FAILED with the reason in words. */
  async listen(address: ListenAddress = this.options): Promise<AddressInfo | string> {
    if (this.#state.kind !== 'closed') throw this.#wrongState('listen()', 'A server listens once.');
    const opening = this.#open(address);
    this.#state = { kind: 'opening', settled: opening.then(ignore, ignore) };
    try {
      const bound = await opening;
      this.#state = { kind: 'open', address: bound };
      return bound;
    } catch (cause) {
      this.#state = { kind: 'closed' };
      throw await toListenError(this.name, address, cause);
    }
  }

  /** Serves a connection that is not a socket: one half of a `stream.duplexPair()`. `secure`: what it counts as. */
  connect(duplex: Duplex, secure = this.#secure): void {
    const socket = toMemorySocket(duplex, this.#answers.clock, secure);
    if (this.#state.kind === 'stopping' && this.#connections.open === 0) socket.destroy();
    else this.#server.emit(this.#secure ? 'secureConnection' : 'connection', socket);
  }

  /**
   * Answers what is in flight, on its way or waiting to be accepted, and closes every connection, within `drainTimeout`.
   * Later callers join the first. Never rejects.
   */
  stop(): Promise<DrainReport> {
    if (this.#state.kind === 'stopping') return this.#state.report;
    const report = this.#stop(this.#state);
    this.#state = { kind: 'stopping', report };
    return report;
  }

  #wrongState(call: string, mend: string): BowlineError {
    return new BowlineError('BOW_WRONG_STATE', {
      call: `${call} of the server '${this.name}'`,
      state: this.#state.kind,
      mend,
    });
  }

  get #secure(): boolean {
    return this.options.tls !== undefined;
  }

  async #stop(before: ServerState): Promise<DrainReport> {
    if (before.kind === 'opening') await before.settled;
    const wasListening = this.#server.listening;
    const report = await drain(this.#server, this.#connections, this.#answers.clock, this.options);
    // Nothing is left that it could cut; it ends the timer that looks for slow requests, which would live for ever.
    if (wasListening) this.#server.close();
    return report;
  }

  #open({ port = 0, host, path }: ListenAddress): Promise<AddressInfo | string> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      const onError = (error: Error): void => {
        server.removeListener('listening', onListening);
        reject(error);
      };
      const onListening = (): void => {
        server.removeListener('error', onError);
        resolve(server.address() ?? '');
      };
      server.once('error', onError).once('listening', onListening);
      if (path !== undefined) server.listen({ path });
      else server.listen(host === undefined ? { port } : { port, host });
    });
  }

  #wire(server: Server): void {
    const connections = this.#connections;
    const { log } = this.#answers;
    server.on('request', connections.listener);
    // What else is expected is refused by the listener, like all that no provider is to see.
    server.on('checkExpectation', connections.listener);
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      // Not before: what is refused without a look at the body costs no upload. Where the client is not told to go on, Node
      // lets the answer say that the connection ends, since nobody knows whether a body will follow (RFC 9110 10.1.1).
      whenRead(request, () => {
        const isOver = connections.connectionOf(request.socket)?.refusal !== undefined;
        if (!response.headersSent && !isOver) response.writeContinue();
      });
      connections.listener(request, response);
    });
    server.on('connection', (socket: Socket) => {
      connections.accepted++;
      if (this.#secure) connections.trackHandshake(socket);
      else connections.track(socket);
    });
    if (this.#secure) server.on('secureConnection', (socket: Socket) => connections.trackSecured(socket));
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
      answerClientError(connections, error, socket as Socket);
    });
    server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
      // Node takes its own listener away, and an error that nobody hears would end the process.
      socket.on('error', () => socket.destroy());
      connections.connectionOf(socket as Socket)?.refuse(new NotImplementedError('CONNECT is not served here.'));
    });
    server.on('error', (error) => {
      if (this.#state.kind === 'open') log.error(`The server '${this.name}' could not accept a connection`, { error });
    });
  }

  readonly #upgrade = (request: IncomingMessage, duplex: Duplex, head: Buffer): void => {
    const socket = duplex as Socket;
    const connection = this.#connections.connectionOf(socket);
    if (connection !== undefined) connection.kind = 'upgraded';
    // Node takes its own listener away, and an error that nobody hears would end the process.
    socket.on('error', (error) => this.#answers.log.debug('An upgraded connection broke', { error }));
    this.#connections.generation.mounted.upgrade?.(request, socket, head);
  };

  /** What answers while nothing has been mounted. */
  #unmounted(): MountedProvider {
    return {
      native: undefined,
      listener: ({ socket }) => endConnection(this.#answers, socket, new ServiceUnavailableError()),
      close: () => Promise.resolve(),
    };
  }
}

function makeServer({ name, tls, limits, timeouts, emptyRequests }: ResolvedServerOptions): Server {
  const options: ServerOptions = {
    connectionsCheckingInterval: checkingInterval,
    maxHeaderSize: limits.headers,
    optimizeEmptyRequests: emptyRequests === 'fast',
    // Its own answer would be empty; ours covers two Hosts too.
    requireHostHeader: false,
  };
  const server =
    tls === undefined
      ? nodeHttp.createServer(options)
      : makeSecureServer(name, { ...options, ...tls, ...handshake(timeouts.head) });
  // Set here, since the constructor refuses a head that may take longer than the whole request.
  // Node takes the shorter of the two for the head, so that a longer one would stand for the whole request.
  server.headersTimeout = timeouts.request === 0 ? timeouts.head : Math.min(timeouts.head, timeouts.request);
  server.requestTimeout = timeouts.request;
  server.keepAliveTimeout = timeouts.keepAlive;
  return server;
}

function handshake(timeout: number): { readonly handshakeTimeout?: number } {
  return timeout === 0 ? {} : { handshakeTimeout: timeout };
}

function makeSecureServer(name: string, options: SecureServerOptions): Server {
  try {
    return nodeHttps().createServer(options);
  } catch (cause) {
    const facts = {
      option: `servers.${name}.tls`,
      got: `unusable (${reasonOf(cause)})`,
      expected: 'a key and its certificate in PEM',
    };
    throw new BowlineError('BOW_OPTION_INVALID', facts, { cause });
  }
}

function ignore(): void {}
