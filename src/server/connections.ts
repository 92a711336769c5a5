import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { cutOff, isBodyRead, isEnding, type HttpError, type MountedProvider } from '../http/index.js';
import { refusalOf } from './request-rules.js';
import { isRead, whenRead } from './when-read.js';

const kConnection = Symbol('connection');
const kGeneration = Symbol('generation');
const kSaysClose = Symbol('says close');

interface TrackedSocket extends Socket {
  [kConnection]?: TrackedConnection;
}

interface TrackedResponse extends ServerResponse {
  [kConnection]?: TrackedConnection;
  [kGeneration]?: Generation;
  /** Whether the leave-taking, and not the client, made this the last answer of its connection. */
  [kSaysClose]?: boolean;
}

/** What answers requests until it is replaced, and how many of its requests are in flight. */
export class Generation {
  readonly mounted: MountedProvider;
  readonly listener: RequestListener;
  inFlight: number;

  constructor(mounted: MountedProvider) {
    this.mounted = mounted;
    this.listener = mounted.listener;
    this.inFlight = 0;
  }
}

/** What a leave-taking wants to know and to decide. Declared here, since connections call it. */
export interface Leave {
  /** How long a connection may be silent. Milliseconds. */
  readonly idleTimeout: number;
  /** A request has ended: whole, or because its client left or was cut off. */
  ended(whole: boolean): void;
  /** A request came behind an answer that had said close, and is not answered. */
  refused(): void;
  /** A connection, or a handshake that never became one, is gone. */
  closed(): void;
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
      if (busy === 0) owner.end(this.socket, this.refusal);
    } else if (newest === undefined) {
      // The request with the broken body has got its answer, and the client knows of no other that it could be for.
      if (busy === 0) owner.end(this.socket, undefined);
    } else if (busy === 1 && !this.#waitsForReader) {
      if (!newest.headersSent) owner.end(this.socket, this.refusal);
      // An answer that is made of the body has no end; its reader would wait for ever.
      else if (!newest.writableEnded && isBodyRead(arriving)) cutOff(newest);
    }
  }

  /** Makes the newest answer say `Connection: close`, where its head has not been sent. */
  sayClose(): void {
    const { newest } = this;
    if (newest === undefined || newest.headersSent || !newest.shouldKeepAlive) return;
    newest.shouldKeepAlive = false;
    newest[kSaysClose] = true;
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
    return true;
  }
}

/** All connections of one server, the requests on them, and the one request listener that is never replaced. */
export class Connections {
  readonly all = new Set<TrackedConnection>();
  /** TCP connections whose TLS handshake has not ended, oldest first, by the peer that both sides of it know. */
  readonly handshakes = new Map<Socket, string>();
  /** Connections that were taken from the accept queue so far. */
  accepted = 0;
  generation: Generation;
  leave: Leave | undefined;
  readonly end: EndConnection;
  readonly leaveRest: LeaveRest;

  constructor(generation: Generation, end: EndConnection, leaveRest: LeaveRest) {
    this.generation = generation;
    this.leave = undefined;
    this.end = end;
    this.leaveRest = leaveRest;
  }

  readonly listener = (request: Parameters<RequestListener>[0], response: TrackedResponse): void => {
    const connection = (request.socket as TrackedSocket)[kConnection] ?? this.track(request.socket);
    if (isRefused(connection, request) || isEnding(request.socket)) return;
    const { generation } = this;
    if (this.leave !== undefined && !admitWhileLeaving(connection, this.leave)) return;
    connection.busy++;
    connection.newest = response;
    connection.arriving = request;
    generation.inFlight++;
    response[kConnection] = connection;
    response[kGeneration] = generation;
    // `on`, shared and never removed, is cheaper than `once`; it comes after the end and when the client leaves.
    response.on('close', onResponseClose);
    if (this.leave !== undefined) connection.sayClose();
    generation.listener(request, response);
  };

  /** Requests in flight, of this and of earlier generations. */
  get inFlight(): number {
    let count = 0;
    for (const connection of this.all) count += connection.busy;
    return count;
  }

  /** Everything that keeps a leave-taking waiting. */
  get open(): number {
    return this.all.size + this.handshakes.size;
  }

  track(socket: TrackedSocket): TrackedConnection {
    const connection = new TrackedConnection(socket, this);
    socket[kConnection] = connection;
    this.all.add(connection);
    socket.on('close', onSocketClose);
    if (this.leave !== undefined) socket.setTimeout(this.leave.idleTimeout);
    return connection;
  }

  connectionOf(socket: TrackedSocket): TrackedConnection | undefined {
    return socket[kConnection];
  }

  /** A TCP connection that is going to speak TLS; until it has, only its own socket knows of it. */
  trackHandshake(socket: Socket): void {
    this.handshakes.set(socket, peerOf(socket));
    socket.on('close', () => {
      if (this.handshakes.delete(socket)) this.leave?.closed();
    });
    socket.on('timeout', () => {
      if (this.handshakes.has(socket)) socket.destroy();
    });
    if (this.leave !== undefined) socket.setTimeout(this.leave.idleTimeout);
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
  const refusal = connection.refusal ?? refusalOf(request, connection);
  if (refusal === undefined) return false;
  // Nobody is going to read its body, and a client that cannot send would not read the answer either.
  request.resume();
  connection.refuse(refusal);
  return true;
}

function admitWhileLeaving(connection: TrackedConnection, leave: Leave): boolean {
  if (!connection.takeBackClose()) {
    leave.refused();
    return false;
  }
  connection.socket.setTimeout(0);
  return true;
}

// Shared by all requests and connections: a closure for each would cost more than the counting.
function onResponseClose(this: TrackedResponse): void {
  const connection = this[kConnection];
  const generation = this[kGeneration];
  if (connection === undefined || generation === undefined) return;
  connection.busy--;
  if (connection.newest === this) {
    connection.newest = undefined;
    if (this.req.complete) connection.arriving = undefined;
    else connection.owner.leaveRest(this.req, connection.socket);
  }
  generation.inFlight--;
  if (connection.refusal !== undefined) connection.endRefused();
  connection.owner.leave?.ended(this.writableFinished);
}

function onSocketClose(this: TrackedSocket): void {
  const connection = this[kConnection];
  if (connection === undefined) return;
  const { owner } = connection;
  owner.all.delete(connection);
  owner.leave?.closed();
}
