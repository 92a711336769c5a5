import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { LifecycleEventSource, SystemClock, type Clock, type Logger } from '../foundation/index.js';
import {
  isBefore,
  PhaseTrack,
  type ConnectionsCount,
  type ManagedServer,
  type Phase,
  type ServerHealth,
  type ServerStopReport,
  type StopContext,
} from '../lifecycle/index.js';
import { Connections, Generation } from './connections.js';
import type { ListenAddress } from './listen-address.js';
import { openPort } from './open-port.js';
import { healthOf } from './server-health.js';
import { ServerStop } from './server-stop.js';
import { SilentConnections } from './silent-connections.js';

export interface HostedHttpServerOptions extends ListenAddress {
  /** As reports and `dependsOn` call it. */
  readonly name: string;
  readonly dependsOn?: readonly string[];
  /** How long a silent connection may speak once more after the port was closed. Milliseconds. @default 1_000 */
  readonly drainIdleTimeout?: number;
  /** Where it tells of failures. @default nowhere */
  readonly log?: Logger;
  readonly clock?: Clock;
}

/**
 * A `http.Server` or `https.Server` that somebody else has made, as a part of an application: it is opened with it, takes leave
 * of its connections as the others do, and counts in their sums. Add it before it listens:
 * `app.manager.add('legacy', new HostedHttpServer(server, { name: 'legacy', port: 8081 }))`.
 */
export class HostedHttpServer implements ManagedServer {
  readonly #server: Server;
  readonly #options: HostedHttpServerOptions;
  readonly #connections: Connections;
  readonly #track: PhaseTrack;
  readonly #stop: ServerStop;

  constructor(server: Server, options: HostedHttpServerOptions) {
    const { name, clock = new SystemClock(), log = silent, drainIdleTimeout = 1_000 } = options;
    const events = new LifecycleEventSource(name, (error) => log.error('A listener of events threw', { error }));
    this.#server = server;
    this.#options = options;
    this.#track = new PhaseTrack(events, name);
    this.#connections = new Connections(new Generation(answersItself), {
      server: name,
      clock,
      events,
      end: (socket) => socket.destroy(),
      leaveRest: () => undefined,
      refusalOf: () => undefined,
      silent: new SilentConnections(clock),
    });
    this.#stop = new ServerStop({
      options: { name, drainIdleTimeout, drainTimeout: 5_000, abortGrace: 0, whileDraining: 'close' },
      services: { clock, log, events, hookTimeout: 5_000 },
      server,
      connections: this.#connections,
      track: this.#track,
    });
    this.#watch(server);
  }

  get name(): string {
    return this.#options.name;
  }

  get dependsOn(): readonly string[] {
    return this.#options.dependsOn ?? [];
  }

  get phase(): Phase {
    return this.#track.phase;
  }

  get stopReport(): ServerStopReport | undefined {
    return this.#stop.report;
  }

  /** Opens it where its options say, unless it listens already. Throws BOW_LISTEN_FAILED with the reason in words. */
  async start(): Promise<void> {
    this.#track.enter('starting');
    // Not where nobody listens for it: Node would take it for answered.
    if (this.#server.listenerCount('upgrade') > 0) this.#server.prependListener('upgrade', this.#onUpgrade);
    if (!this.#server.listening) await openPort(this.#server, this.name, this.#options);
    this.#track.enter('ready');
  }

  lameDuck(context: StopContext): Promise<void> {
    return this.#stop.lameDuck(context);
  }

  drain(context: StopContext): Promise<void> {
    return this.#stop.drain(context);
  }

  stop(context: StopContext): Promise<void> {
    return this.#stop.close(context);
  }

  getConnectionsCount(): ConnectionsCount {
    return this.#connections.count();
  }

  getHealthStatus(): ServerHealth {
    return healthOf(this, this.#server, this.#connections);
  }

  setDrainTimeout(timeout: number): void {
    this.#stop.setDrainTimeout(timeout);
  }

  waitForConnections(): Promise<void> {
    return this.#connections.whenEmpty();
  }

  readonly #onUpgrade = (_request: IncomingMessage, socket: Duplex): void => {
    const connection = this.#connections.connectionOf(socket as Socket);
    if (connection !== undefined) connection.kind = 'upgraded';
    if (!isBefore(this.phase, 'draining')) (socket as Socket).setTimeout(0);
  };

  /** Before its own listeners, so that an answer that is given at once is counted too. */
  #watch(server: Server): void {
    const connections = this.#connections;
    const isSecure = 'setSecureContext' in server;
    server.prependListener('request', connections.listener);
    server.prependListener('connection', (socket: Socket) => {
      connections.accepted++;
      if (isSecure) connections.trackHandshake(socket);
      else connections.track(socket);
    });
    if (isSecure) server.prependListener('secureConnection', (socket: Socket) => connections.trackSecured(socket));
    server.on('timeout', (socket: Socket) => {
      if (isBefore(this.phase, 'draining')) socket.destroy();
      else connections.services.silent.add(socket);
    });
  }
}

const answersItself = { listener: () => undefined, native: undefined, close: () => Promise.resolve() };

const silent: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
