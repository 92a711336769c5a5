import type { RequestListener } from 'node:http';
import type { Clock } from '../foundation/index.js';
import { callOf } from '../http/index.js';
import type { CutRequest, HookReport, RouteStopReport, ServerStopReport } from '../lifecycle/index.js';
import {
  ageOf,
  countAge,
  type Connections,
  type Leave,
  type TrackedConnection,
  type TrackedResponse,
} from './connections.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Counts what becomes of requests and connections from the moment in which a stop begins, and decides who is told to leave. */
export class Departure implements Leave {
  idleTimeout: number | undefined;
  refuse: RequestListener | undefined;
  readonly #server: string;
  readonly #connections: Connections;
  readonly #clock: Clock;
  readonly #start: number;
  readonly #inFlight: number;
  readonly #routes = new Map<string, Writable<RouteStopReport>>();
  readonly #cuts: CutRequest[] = [];
  readonly #onClosed = new Set<() => void>();
  readonly #refusals = new WeakSet<TrackedResponse>();
  readonly #late = new WeakSet<TrackedResponse>();
  /** Those that are to be cut; an answer in place of what was cut may end before its connection does. */
  readonly #cutConnections = new WeakSet<TrackedConnection>();
  #rampTime: number;
  #share = 0;
  #finished = 0;
  #abandoned = 0;
  #refused = 0;
  #closed = { idle: 0, active: 0, told: 0 };
  #isCutting = false;

  /** The share of answers that say close rises from none to all within `rampTime` milliseconds; 0 is none. */
  constructor(server: string, connections: Connections, clock: Clock, rampTime: number) {
    this.#server = server;
    this.#connections = connections;
    this.#clock = clock;
    this.#start = clock.elapsed();
    this.#rampTime = rampTime;
    this.#inFlight = connections.inFlight;
    for (const response of connections.responses()) {
      countAge(response, this.#start);
      this.#routeOf(response).inFlight++;
    }
  }

  /** From now on no answer says close, since the port is about to be closed. */
  tellsNobody(): void {
    this.#rampTime = 0;
  }

  /** From now on every answer says close, and silence ends a connection. */
  draining(idleTimeout: number): void {
    this.idleTimeout = idleTimeout;
  }

  /** By what has been left over of earlier answers, so that a tenth means each tenth one and not a throw of dice. */
  saysClose(): boolean {
    if (this.idleTimeout !== undefined) return true;
    if (this.#rampTime === 0) return false;
    this.#share += Math.min(1, (this.#clock.elapsed() - this.#start) / this.#rampTime);
    if (this.#share < 1) return false;
    this.#share -= 1;
    return true;
  }

  ended(response: TrackedResponse, whole: boolean): void {
    if (this.#refusals.has(response)) this.#refused++;
    // What ends while it is cut has been counted.
    else if (!this.#isCutting)
      if (this.#isBrokenOff(response, whole)) this.#cut(response);
      else if (whole) this.#finish(response);
      else this.#abandoned++;
    this.#tell();
  }

  refused(): void {
    this.#refused++;
  }

  /** Answers all that comes from now on with `listener`, which counts as refused. */
  refuseWith(listener: RequestListener): void {
    this.refuse = (request, response) => {
      this.#refusals.add(response);
      listener(request, response);
    };
  }

  closed(connection: TrackedConnection | undefined): void {
    if (connection === undefined) this.#closed.idle++;
    else if (this.#cutConnections.has(connection)) this.#closed.active++;
    else if (connection.told) this.#closed.told++;
    else this.#closed.idle++;
    this.#tell();
  }

  /** Resolves once `condition` holds; it is looked at whenever a request or connection has ended. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#onClosed.delete(look);
        resolve();
      };
      this.#onClosed.add(look);
    });
  }

  /** Records all that is in flight as cut; what ends from now on has been counted. */
  cutting(): void {
    for (const response of this.#connections.responses()) if (!this.#refusals.has(response)) this.#cut(response);
    for (const connection of this.#connections.all) if (connection.isActive) this.#cutConnections.add(connection);
    this.#isCutting = true;
  }

  report(hooks: readonly HookReport[], running: number): ServerStopReport {
    return {
      name: this.#server,
      inFlight: this.#inFlight,
      finished: this.#finished,
      abandoned: this.#abandoned,
      cut: this.#cuts.length,
      refused: this.#refused,
      connections: { ...this.#closed, open: this.#connections.open },
      routes: [...this.#routes.values()].map((route) => ({ ...route })),
      cuts: [...this.#cuts],
      running,
      hooks,
    };
  }

  /** What was cut so far. */
  get cuts(): readonly CutRequest[] {
    return this.#cuts;
  }

  /** Says that the time of a request is over, and that it is being told so. */
  noteLate(response: TrackedResponse): void {
    this.#late.add(response);
  }

  /** It was told to end, and did: what its client got says so, or is not whole. */
  #isBrokenOff(response: TrackedResponse, whole: boolean): boolean {
    return this.#late.has(response) && (!whole || response.statusCode === 503);
  }

  #cut(response: TrackedResponse): void {
    const route = this.#routeOf(response);
    route.cut++;
    const age = Math.round(ageOf(response, this.#clock.elapsed()));
    this.#cuts.push({ method: route.method, route: route.route, age });
  }

  #finish(response: TrackedResponse): void {
    this.#finished++;
    this.#routeOf(response).finished++;
  }

  #routeOf(response: TrackedResponse): Writable<RouteStopReport> {
    const { method, route } = routeOf(response);
    const key = `${method} ${route}`;
    const known = this.#routes.get(key);
    if (known !== undefined) return known;
    const fresh = { method, route, inFlight: 0, finished: 0, cut: 0 };
    this.#routes.set(key, fresh);
    return fresh;
  }

  #tell(): void {
    for (const look of this.#onClosed) look();
  }
}

/** Where no route of ours answers, its path is not shown: it may be anything, and there may be any number of them. */
export function routeOf(response: TrackedResponse): { readonly method: string; readonly route: string } {
  const call = callOf(response);
  const { method = '' } = response.req;
  if (call === undefined) return { method, route: '(native)' };
  return { method, route: call.route?.path ?? '(none)' };
}
