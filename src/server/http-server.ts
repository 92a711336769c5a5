import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { ServerOptions as SecureServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { BowlineError, logSafely, reasonOf } from '../foundation/index.js';
import {
  leaveRest,
  nodeHttp,
  nodeHttps,
  NotImplementedError,
  ServiceUnavailableError,
  type MountedProvider,
  type ResolvedServerOptions,
} from '../http/index.js';
import {
  isBefore,
  PhaseTrack,
  requireLameDuckDelay,
  type ConnectionsCount,
  type HookFunction,
  type HookOptions,
  type Lifecycle,
  type ManagedServer,
  type Phase,
  type ServerHealth,
  type ServerStopReport,
  type StopContext,
} from '../lifecycle/index.js';
import { answerClientError, endConnection, type RawAnswers } from './client-error.js';
import { Connections, Generation, type GenerationParts } from './connections.js';
import { urlOf, type ListenAddress } from './listen-address.js';
import { toMemorySocket } from './memory-socket.js';
import { openPort } from './open-port.js';
import { refusalOf } from './request-rules.js';
import { healthOf } from './server-health.js';
import type { HttpServerServices } from './server-services.js';
import { ServerStop } from './server-stop.js';
import { SilentConnections } from './silent-connections.js';
import { whenRead } from './when-read.js';

/** How often Node looks for heads and requests that take too long. Milliseconds. */
const checkingInterval = 250;

/**
 * One listening server: it owns the sockets, the timeouts and the leave-taking, whatever provider answers. Throws
 * BOW_OPTION_INVALID where key and certificate cannot be used.
 */
export function createHttpServer(options: ResolvedServerOptions, services: HttpServerServices): HttpServer {
  return new HttpServer(options, services);
}

export class HttpServer implements ManagedServer {
  readonly options: ResolvedServerOptions;
  readonly #services: HttpServerServices;
  readonly #answers: RawAnswers;
  readonly #connections: Connections;
  readonly #server: Server;
  readonly #track: PhaseTrack;
  readonly #stop: ServerStop;
  /** Where `start` is to listen; undefined where it opens nothing. */
  #target: ListenAddress | undefined;
  #address: AddressInfo | string | undefined;
  #opening: Promise<unknown> | undefined;

  constructor(options: ResolvedServerOptions, services: HttpServerServices) {
    const { clock, log, errorFormat, events } = services;
    this.options = options;
    this.#services = services;
    this.#answers = { server: options.name, errorFormat, log, clock };
    this.#track = new PhaseTrack(events, options.name);
    this.#connections = new Connections(new Generation(this.#unmounted()), {
      server: options.name,
      clock,
      events,
      end: (socket, error) => endConnection(this.#answers, socket, error),
      leaveRest: (request, socket) => leaveRest(request, socket, options.limits.unread, clock),
      refusalOf,
      silent: new SilentConnections(clock),
    });
    this.#server = makeServer(options);
    this.#stop = new ServerStop({
      options,
      services,
      server: this.#server,
      connections: this.#connections,
      track: this.#track,
    });
    this.#wire(this.#server);
  }

  get name(): string {
    return this.options.name;
  }

  get dependsOn(): readonly string[] {
    return this.options.dependsOn;
  }

  get phase(): Phase {
    return this.#track.phase;
  }

  get lifecycle(): Lifecycle {
    return this.#track;
  }

  /** The address it listens on; undefined while it does not. */
  get address(): AddressInfo | string | undefined {
    return this.#server.listening ? this.#address : undefined;
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

  getConnectionsCount(): ConnectionsCount {
    return this.#connections.count();
  }

  getHealthStatus(): ServerHealth {
    return healthOf(this, this.#server, this.#connections);
  }

  /** Lets a mounted provider answer all requests from now on. Those in flight end where they began. */
  use(mounted: MountedProvider, parts: GenerationParts = {}): Generation {
    const generation = new Generation(mounted, parts);
    this.#connections.generation = generation;
    this.#server.removeListener('upgrade', this.#upgrade);
    // Without a listener Node serves a request that asks for an upgrade as an ordinary one (RFC 9110 7.8).
    if (mounted.upgrade !== undefined) this.#server.on('upgrade', this.#upgrade);
    return generation;
  }

  /** Says where {@link start} is to listen. */
  openAt(address: ListenAddress): void {
    this.#target = address;
  }

  /** Begins to serve, at the address that it was given; without one in memory only. */
  async start(): Promise<void> {
    if (this.#target !== undefined) await this.listen(this.#target);
    else this.#track.enter('ready');
  }

  /** Opens it at `address`, or else where its options say. Throws BOW_LISTEN_FAILED with the reason in words. */
  async listen(address: ListenAddress = this.options): Promise<AddressInfo | string> {
    if (this.#opening !== undefined || this.#address !== undefined || !isBefore(this.phase, 'lame-duck'))
      throw this.#wrongState('listen()', 'A server listens once.');
    this.#track.enter('starting');
    const opening = openPort(this.#server, this.name, address);
    this.#opening = opening.catch(ignore);
    try {
      this.#address = await opening;
    } finally {
      this.#opening = undefined;
    }
    this.#track.enter('ready');
    this.#services.events.emit('server:started', { server: this.name, url: urlOf(this.#address, this.#secure) });
    return this.#address;
  }

  /**
   * Serves a connection that is not a socket: one half of a `stream.duplexPair()`. `secure`: what it counts as. Throws
   * BOW_WRONG_STATE once the last connection has left a server that drains.
   */
  connect(duplex: Duplex, secure = this.#secure): void {
    if (!isBefore(this.phase, 'draining') && this.#connections.open === 0)
      throw this.#wrongState('A new connection', 'It has taken leave of all others, and takes no new one.');
    const socket = toMemorySocket(duplex, this.#answers.clock, secure);
    this.#server.emit(this.#secure ? 'secureConnection' : 'connection', socket);
  }

  /** Answers a request that came on a connection of somebody else, who is to close it: it is counted and waited for. */
  serve(request: IncomingMessage, response: ServerResponse): void {
    this.#connections.serveGuest(request, response);
  }

  /** What the stop has finished and cut so far; undefined until one has begun. */
  get stopReport(): ServerStopReport | undefined {
    return this.#stop.report;
  }

  /** Everything is served on; the share of answers that say `Connection: close` rises to all until the deadline. */
  lameDuck(context: StopContext): Promise<void> {
    return this.#onceOpen(() => this.#stop.lameDuck(context));
  }

  /** Answers what is in flight, on its way or waiting to be accepted, and closes every connection. */
  drain(context: StopContext): Promise<void> {
    return this.#onceOpen(() => this.#stop.drain(context));
  }

  /** Closes the provider that was mounted. */
  stop(context: StopContext): Promise<void> {
    return this.#stop.close(context);
  }

  /**
   * Stops this server alone, without a lame duck unless `lameDuckDelay` is given: answers what is in flight, on its way or waiting
   * to be accepted, and closes every connection, within `drainTimeout`. Later callers join the first. Rejects with
   * BOW_OPTION_INVALID for a delay that is none, and for nothing that happens while it stops.
   */
  async gracefulStop({ lameDuckDelay = 0 }: { readonly lameDuckDelay?: number } = {}): Promise<ServerStopReport> {
    requireLameDuckDelay(`gracefulStop() of the server '${this.name}'`, lameDuckDelay);
    return this.#onceOpen(() => this.#stop.whole(lameDuckDelay));
  }

  /** Calls `run` at the end of the lame duck of this server, while it still serves. */
  preShutdownHook(name: string, run: HookFunction, options: HookOptions = {}): this {
    this.#stop.addHook('PreShutdown', name, run, options);
    return this;
  }

  /** Calls `run` when this server has no request left and its provider is closed. */
  postShutdownHook(name: string, run: HookFunction, options: HookOptions = {}): this {
    this.#stop.addHook('PostShutdown', name, run, options);
    return this;
  }

  /**
   * How long requests in flight may take from the beginning of draining, also while it goes on; where the whole application
   * stops, not beyond what that gives. Milliseconds. Throws BOW_OPTION_INVALID for anything else.
   */
  setDrainTimeout(timeout: number): void {
    this.#stop.setDrainTimeout(timeout);
  }

  /** Resolves once no connection is left. */
  waitForConnections(): Promise<void> {
    return this.#connections.whenEmpty();
  }

  /** At once where nothing is being opened. */
  #onceOpen<T>(take: () => Promise<T>): Promise<T> {
    return this.#opening === undefined ? take() : this.#opening.then(take);
  }

  #wrongState(call: string, mend: string): BowlineError {
    return new BowlineError('BOW_WRONG_STATE', {
      call: `${call} of the server '${this.name}'`,
      state: this.phase,
      mend,
    });
  }

  get #secure(): boolean {
    return this.options.tls !== undefined;
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
    server.on('timeout', (socket: Socket) => connections.services.silent.add(socket));
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
      answerClientError(connections, error, socket as Socket);
    });
    server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
      // Node takes its own listener away, and an error that nobody hears would end the process.
      socket.on('error', () => socket.destroy());
      connections.connectionOf(socket as Socket)?.refuse(new NotImplementedError('CONNECT is not served here.'));
    });
    server.on('error', (error) => {
      if (this.#address !== undefined)
        logSafely(log, 'error', `The server '${this.name}' could not accept a connection`, { error });
    });
  }

  readonly #upgrade = (request: IncomingMessage, duplex: Duplex, head: Buffer): void => {
    const socket = duplex as Socket;
    const connection = this.#connections.connectionOf(socket);
    if (connection !== undefined) connection.kind = 'upgraded';
    // While draining it has had the time of an idle connection, which would end it.
    if (!isBefore(this.phase, 'draining')) socket.setTimeout(0);
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
