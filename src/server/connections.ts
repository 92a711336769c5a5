import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, LifecycleEventSource } from '../foundation/index.js';
import {
  callOf,
  cutOff,
  isBodyRead,
  isEnding,
  type HttpError,
  type MountedProvider,
  tellClosed,
} from '../http/index.js';
import { closeGently } from './close-gently.js';
import type { ConnectionsCount } from '../lifecycle/index.js';
import type { SilentConnections } from './silent-connections.js';
import { isRead, whenRead } from './when-read.js';

const kConnection = Symbol('connection');
const kSaysClose = Symbol('says close');
const kOlder = Symbol('older');
const kSince = Symbol('since');

interface TrackedSocket extends Socket {
  [kConnection]?: TrackedConnection;
}

/** A response that has not ended. */
export interface TrackedResponse extends ServerResponse {
  [kConnection]?: TrackedConnection;
  /** Whether the leave-taking, and not the client, made this the last answer of its connection. */
  [kSaysClose]?: boolean;
  /** The one before it on its connection, which had not ended when it came. */
  [kOlder]?: TrackedResponse | undefined;
  /** When its handler had not answered at once; where only its reader is late, at the latest the beginning of the stop. */
  [kSince]?: number;
}

/** From now on its age is known, if it was not. */
export function countAge(response: TrackedResponse, now: number): void {
  response[kSince] ??= now;
}

/** How long ago its handler was called, where it has not answered at once. Milliseconds. */
export function ageOf(response: TrackedResponse, now: number): number {
  return now - (response[kSince] ?? now);
}

/** Handlers may run on when their requests have ended: their clients left, or their time was over. */
export interface RunningHandlers {
  readonly running: number;
  whenIdle(): Promise<void>;
}

/** What a server may be told beside what answers its requests. */
export interface GenerationParts {
  /** What stands in front of the provider. @default its own listener */
  readonly listener?: RequestListener;
  readonly handlers?: RunningHandlers;
  /** Answers a request that is not taken because the server stops. @default the connection ends with a 503 */
  readonly refuse?: RequestListener;
}

/** What answers requests until it is replaced. */
export class Generation {
  readonly mounted: MountedProvider;
  readonly listener: RequestListener;
  readonly handlers: RunningHandlers | undefined;
  readonly refuse: RequestListener | undefined;

  constructor(mounted: MountedProvider, { handlers, listener = mounted.listener, refuse }: GenerationParts = {}) {
    this.mounted = mounted;
    this.listener = listener;
    this.handlers = handlers;
    this.refuse = refuse;
  }
}

/** What a leave-taking wants to know and to decide. Declared here, since connections call it. */
export interface Leave {
  /** How long a connection may be silent; undefined while it may be as long as ever. Milliseconds. */
  readonly idleTimeout: number | undefined;
  /** Whether the request that has just come is to be the last of its connection. */
  saysClose(): boolean;
  /** Answers in place of the provider, where no new request is taken. */
  readonly refuse: RequestListener | undefined;
  /** A request has ended: whole, or because its client left or was cut off. */
  ended(response: TrackedResponse, whole: boolean): void;
  /** A request came behind an answer that had said close, and is not answered. */
  refused(): void;
  /** A connection is gone; undefined for a handshake that never became one. */
  closed(connection: TrackedConnection | undefined): void;
}

/** Ends a connection: with an error, or without a word where there is none. Declared here, since connections call it. */
export type EndConnection = (socket: Socket, error: HttpError | undefined) => void;

/** Takes or ends what is still to come of a request that has been answered. Declared here, since connections call it. */
export type LeaveRest = (request: IncomingMessage, socket: Socket) => void;

/** One HTTP/1 connection: what it is busy with, and how to say goodbye to it. */
export class TrackedConnection {
  readonly socket: Socket;
  readonly owner: Connections;
  /** `upgraded` ones speak another protocol by now. */
  kind: 'http' | 'upgraded';
  /** Requests in flight. */
  busy: number;
  newest: TrackedResponse | undefined;
  /** The newest request, until it has been answered and has arrived whole. */
  arriving: IncomingMessage | undefined;
  /** The last valid Host. */
  knownHost: string | undefined;
  /** Why it is going to end; nothing is read of it any more. */
  refusal: HttpError | undefined;
  /** Whether an answer has said that the connection ends, because the server stops. */
  told: boolean;
  #waitsForReader: boolean;

  constructor(socket: Socket, owner: Connections) {
    this.socket = socket;
    this.owner = owner;
    this.kind = 'http';
    this.busy = 0;
    this.newest = undefined;
    this.arriving = undefined;
    this.knownHost = undefined;
    this.refusal = undefined;
    this.told = false;
    this.#waitsForReader = false;
  }

  /**
   * Ends it with an error once the requests before the broken bytes have been answered. Only the first error counts. A
   * body that is `broken`, and not merely late, is an error for whoever reads it: a handler that does not may have
   * answered before the parser came so far, and would depend on the size of packets otherwise.
   */
  refuse(error: HttpError, broken = false): void {
    if (this.refusal !== undefined) return;
    this.refusal = error;
    const { arriving } = this;
    const mayBeAnswered = broken || this.newest?.headersSent === true;
    if (mayBeAnswered && arriving !== undefined && !isRead(arriving)) {
      this.#waitsForReader = true;
      whenRead(arriving, () => {
        this.#waitsForReader = false;
        this.endRefused();
      });
    }
    this.endRefused();
  }

  /** Called by {@link refuse}, and each time that an answer has ended since. */
  endRefused(): void {
    const { newest, arriving, busy, owner } = this;
    const isInBody = arriving?.complete === false;
    if (!isInBody) {
      if (busy === 0) owner.services.end(this.socket, this.refusal);
    } else if (newest === undefined) {
      // The request with the broken body has got its answer, and the client knows of no other that it could be for.
      if (busy === 0) owner.services.end(this.socket, undefined);
    } else if (busy === 1 && !this.#waitsForReader) {
      if (!newest.headersSent) owner.services.end(this.socket, this.refusal);
      // An answer that is made of the body has no end; its reader would wait for ever.
      else if (!newest.writableEnded && isBodyRead(arriving)) cutOff(newest);
    }
  }

  /** Whether a request is in flight, or it speaks another protocol, of which nobody knows when it is idle. */
  get isActive(): boolean {
    return this.busy > 0 || this.kind === 'upgraded';
  }

  /** Makes the newest answer say `Connection: close`, where its head has not been sent. */
  sayClose(): void {
    const { newest } = this;
    if (newest === undefined || newest.headersSent || !newest.shouldKeepAlive) return;
    newest.shouldKeepAlive = false;
    newest[kSaysClose] = true;
    this.told = true;
  }

  /**
   * Takes the word close from the answer before a new request, which will say it instead: a client stops reading at the
   * first answer that says it (RFC 9112 9.6). False where it has been said already, so that nobody would read another.
   */
  takeBackClose(): boolean {
    const { newest } = this;
    if (newest?.[kSaysClose] !== true) return true;
    if (newest.headersSent) return false;
    newest.shouldKeepAlive = true;
    newest[kSaysClose] = false;
    this.told = false;
    return true;
  }

  /** The responses that have not ended, the newest first. */
  *responses(): Iterable<TrackedResponse> {
    for (let response = this.newest; response !== undefined; response = response[kOlder]) {
      if (!response.closed) yield response;
    }
  }
}

/** What connections take from their server. */
export interface ConnectionServices {
  readonly server: string;
  readonly clock: Clock;
  readonly events: LifecycleEventSource;
  readonly end: EndConnection;
  readonly leaveRest: LeaveRest;
  /** Why a request is not given to anybody; undefined for nearly all. */
  readonly refusalOf: (request: IncomingMessage, connection: TrackedConnection) => HttpError | undefined;
  readonly silent: SilentConnections;
}

/** All connections of one server, the requests on them, and the one request listener that is never replaced. */
export class Connections {
  readonly all = new Set<TrackedConnection>();
  /** TCP connections whose TLS handshake has not ended, oldest first, by the peer that both sides of it know. */
  readonly handshakes = new Map<Socket, string>();
  /** Requests on connections that somebody else owns, who is to close them. */
  readonly guests = new Set<TrackedResponse>();
  /** Connections that were taken from the accept queue so far. */
  accepted = 0;
  generation: Generation;
  leave: Leave | undefined;
  readonly services: ConnectionServices;
  readonly #onEmpty: (() => void)[] = [];

  constructor(generation: Generation, services: ConnectionServices) {
    this.generation = generation;
    this.leave = undefined;
    this.services = services;
  }

  readonly listener = (request: Parameters<RequestListener>[0], response: TrackedResponse): void => {
    const connection = (request.socket as TrackedSocket)[kConnection] ?? this.track(request.socket);
    if (isRefused(connection, request) || isEnding(request.socket)) return;
    const { generation, leave, services } = this;
    if (leave !== undefined && !admitWhileLeaving(connection, leave)) return;
    if (connection.newest !== undefined) response[kOlder] = connection.newest;
    connection.busy++;
    connection.newest = response;
    connection.arriving = request;
    response[kConnection] = connection;
    // `on`, shared and never removed, is cheaper than `once`; it comes after the end and when the client leaves.
    response.on('close', onResponseClose);
    if (services.events.hearsRequests) tellStarted(services, request);
    if (leave === undefined) generation.listener(request, response);
    else answerWhileLeaving(connection, leave, generation, request, response);
    // Not before: most handlers answer at once, and for these nobody ever asks.
    if (leave !== undefined || !response.writableEnded) response[kSince] = services.clock.elapsed();
  };

  /** Serves a request on a connection that somebody else owns: it counts and is waited for like all others. */
  serveGuest(request: IncomingMessage, response: TrackedResponse): void {
    const { generation, guests, services } = this;
    guests.add(response);
    response.on('close', () => {
      tellClosed(response);
      guests.delete(response);
      this.leave?.ended(response, response.writableFinished);
      if (services.events.hearsRequests) tellFinished(services, response);
    });
    if (services.events.hearsRequests) tellStarted(services, request);
    generation.listener(request, response);
    if (!response.writableEnded) response[kSince] = services.clock.elapsed();
  }

  /** Requests in flight, of this and of earlier generations. */
  get inFlight(): number {
    let count = this.guests.size;
    for (const connection of this.all) count += connection.busy;
    return count;
  }

  /** The responses that have not ended. */
  *responses(): Iterable<TrackedResponse> {
    for (const connection of this.all) yield* connection.responses();
    yield* this.guests;
  }

  get open(): number {
    return this.all.size + this.handshakes.size;
  }

  /** Whether nothing is left that a leave-taking waits for. */
  get isEmpty(): boolean {
    return this.open === 0 && this.guests.size === 0;
  }

  count(): ConnectionsCount {
    let active = 0;
    for (const connection of this.all) if (connection.isActive) active++;
    return { total: this.open, active, idle: this.open - active };
  }

  /** Resolves once no connection is left. */
  whenEmpty(): Promise<void> {
    if (this.open === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty.push(resolve);
    });
  }

  /** Called when a connection, or a handshake that never became one, is gone. */
  left(connection: TrackedConnection | undefined): void {
    this.leave?.closed(connection);
    if (this.open === 0) for (const resolve of this.#onEmpty.splice(0)) resolve();
  }

  track(socket: TrackedSocket): TrackedConnection {
    const connection = new TrackedConnection(socket, this);
    socket[kConnection] = connection;
    this.all.add(connection);
    hearClose(socket);
    if (this.leave?.idleTimeout !== undefined) {
      socket.setTimeout(this.leave.idleTimeout);
      closeGently(socket, this.services.clock);
    }
    return connection;
  }

  connectionOf(socket: TrackedSocket): TrackedConnection | undefined {
    return socket[kConnection];
  }

  /** A TCP connection that is going to speak TLS; until it has, only its own socket knows of it. */
  trackHandshake(socket: Socket): void {
    this.handshakes.set(socket, peerOf(socket));
    socket.on('close', () => {
      if (this.handshakes.delete(socket)) this.left(undefined);
    });
    socket.on('timeout', () => {
      if (this.handshakes.has(socket)) socket.destroy();
    });
    if (this.leave?.idleTimeout !== undefined) socket.setTimeout(this.leave.idleTimeout);
  }

  trackSecured(socket: Socket): void {
    const peer = peerOf(socket);
    for (const [raw, rawPeer] of this.handshakes) {
      if (rawPeer !== peer) continue;
      raw.setTimeout(0);
      this.handshakes.delete(raw);
      break;
    }
    this.track(socket);
  }
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

/** Whether it breaks a rule of the wire, or came behind one that did. */
function isRefused(connection: TrackedConnection, request: IncomingMessage): boolean {
  const refusal = connection.refusal ?? connection.owner.services.refusalOf(request, connection);
  if (refusal === undefined) return false;
  // Nobody is going to read its body, and a client that cannot send would not read the answer either.
  request.resume();
  connection.refuse(refusal);
  return true;
}

function admitWhileLeaving(connection: TrackedConnection, leave: Leave): boolean {
  // What comes behind the last answer has nobody to answer it.
  if (!connection.socket.writable || !connection.takeBackClose()) {
    leave.refused();
    return false;
  }
  if (leave.idleTimeout !== undefined) connection.socket.setTimeout(0);
  return true;
}

function answerWhileLeaving(
  connection: TrackedConnection,
  leave: Leave,
  generation: Generation,
  ...[request, response]: Parameters<RequestListener>
): void {
  if (leave.saysClose()) connection.sayClose();
  (leave.refuse ?? generation.listener)(request, response);
}

// Shared by all requests and connections: a closure for each would cost more than the counting.
function onResponseClose(this: TrackedResponse): void {
  const connection = this[kConnection];
  if (connection === undefined) return;
  tellClosed(this);
  const { owner } = connection;
  connection.busy--;
  // Whatever came before it has ended too; a link would keep all answers of a long pipeline in memory.
  if (this[kOlder] !== undefined) this[kOlder] = undefined;
  if (connection.newest === this) {
    connection.newest = undefined;
    if (this.req.complete) connection.arriving = undefined;
    else owner.services.leaveRest(this.req, connection.socket);
  }
  if (connection.refusal !== undefined) connection.endRefused();
  const { leave, services } = owner;
  leave?.ended(this, this.writableFinished);
  if (services.events.hearsRequests) tellFinished(services, this);
}

/**
 * Calls {@link onSocketClose} by the listener that Node has there already. With two of them the list of listeners is kept, and code that
 * adds a third one for each request and takes it away again, as on-finished does under Koa and morgan, makes V8 carry what
 * belonged to each request through several collections: up to two thirds of all CPU time.
 */
function hearClose(socket: TrackedSocket): void {
  const [first, ...others] = socket.rawListeners('close') as CloseListener[];
  if (first === undefined || others.length > 0) {
    socket.on('close', onSocketClose);
    return;
  }
  socket.removeListener('close', first);
  socket.on('close', function onClose(this: TrackedSocket, hadError: boolean) {
    first.call(this, hadError);
    onSocketClose.call(this);
  });
}

type CloseListener = (hadError: boolean) => void;

function onSocketClose(this: TrackedSocket): void {
  const connection = this[kConnection];
  if (connection === undefined) return;
  const { owner } = connection;
  owner.all.delete(connection);
  owner.left(connection);
}

function tellStarted({ events, server }: ConnectionServices, { method = '', url = '' }: IncomingMessage): void {
  events.emit('request:started', { server, method, url });
}

function tellFinished({ events, server }: ConnectionServices, response: TrackedResponse): void {
  const { method = '', url = '' } = response.req;
  const route = callOf(response)?.route?.path;
  const { statusCode: status, writableFinished: finished } = response;
  events.emit('request:finished', { server, method, url, route, status, finished });
}
