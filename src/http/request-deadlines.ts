import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import {
  Deadline,
  deadlineExceeded,
  describeValue,
  ExpiryList,
  logSafely,
  type Clock,
  type DeadlineExceededError,
  type Expiring,
  type Logger,
} from '../foundation/index.js';
import { ForwardedRequest, type Trust } from './proxy-trust.js';
import type { RouteDescription } from './route-description.js';
import type { ResolvedDeadlineOptions } from './server-options.js';
import { socketOf } from './socket-of.js';

const kArrival = Symbol('arrival');

interface TimedMessage extends IncomingMessage {
  /** When its head had arrived, by the clock's `elapsed()`. */
  [kArrival]?: number;
}

/** A request whose time may pass. */
export interface LimitedCall {
  readonly route: RouteDescription | undefined;
  readonly signal: AbortSignal;
  /** Nothing is left of its time. */
  passDeadline(reason: DeadlineExceededError): void;
}

/** What is left for one request, counted from the arrival of its head. */
export class RequestDeadline extends Deadline implements Expiring<RequestDeadline> {
  /** Milliseconds. */
  readonly limit: number;
  /** By the clock's `elapsed()`. */
  expiresAt: number;
  previous: RequestDeadline | undefined;
  next: RequestDeadline | undefined;
  isLinked: boolean;
  readonly #call: LimitedCall;
  readonly #clock: Clock;
  readonly #list: ExpiryList<RequestDeadline>;
  #reason: DeadlineExceededError | undefined;

  constructor(call: LimitedCall, { clock, list }: Watch, arrival: number, limit: number) {
    super();
    this.limit = limit;
    this.expiresAt = arrival + limit;
    this.previous = undefined;
    this.next = undefined;
    this.isLinked = false;
    this.#call = call;
    this.#clock = clock;
    this.#list = list;
    this.#reason = undefined;
  }

  get remaining(): number {
    return this.#reason === undefined ? Math.max(0, this.expiresAt - this.#clock.elapsed()) : 0;
  }

  /** That of the request, which aborts when the client leaves too. */
  get signal(): AbortSignal {
    return this.#call.signal;
  }

  /** Why the request has ended; undefined while it has not by this. */
  get reason(): DeadlineExceededError | undefined {
    return this.#reason;
  }

  /** Ends the request when its time has passed, until {@link forget}. */
  enforce(): void {
    if (!this.isLinked && this.#reason === undefined) this.#list.add(this, this.expiresAt, this.#clock.elapsed());
  }

  /** The exchange is over. */
  forget(): void {
    this.#list.remove(this);
  }

  expire(): void {
    this.#list.remove(this);
    this.#reason ??= lateAt(this.#call.route, this.limit);
    this.#call.passDeadline(this.#reason);
  }
}

/** Why a request to `route` ends whose limit was so many milliseconds, of which 0 is none on arrival. */
export function lateAt(route: RouteDescription | undefined, limit: number): DeadlineExceededError {
  return deadlineExceeded(route === undefined ? 'The request' : `${route.controller}.${route.handler}`, limit);
}

/** What waits for a deadline. */
interface Watch {
  readonly clock: Clock;
  readonly list: ExpiryList<RequestDeadline>;
}

/** What the deadlines of one server work with. */
export interface RequestDeadlinesParts {
  readonly clock: Clock;
  readonly log: Logger;
  /** Undefined where nobody's word counts. */
  readonly trust: Trust | undefined;
  readonly options: ResolvedDeadlineOptions;
}

/**
 * Knows how long each request of a server may take. Requests with the same limit share a list, which is in order by itself,
 * and those whose callers say how long they wait another one, so that no request has a timer.
 */
export class RequestDeadlines {
  /** The header in which callers say how long they wait; undefined where none is read. */
  readonly header: string | undefined;
  readonly #parts: RequestDeadlinesParts;
  readonly #byLimit: Map<number, Watch>;
  readonly #ofCallers: Watch;

  constructor(parts: RequestDeadlinesParts) {
    const { options, trust } = parts;
    this.header = trust === undefined || options.header === false ? undefined : options.header.toLowerCase();
    this.#parts = parts;
    this.#byLimit = new Map();
    this.#ofCallers = this.#newWatch();
  }

  /** Whether a request to a route may have one. */
  isFor({ deadline }: RouteDescription): boolean {
    return deadline !== undefined || this.header !== undefined;
  }

  /** What is left for a request, by its route and by its caller, whichever says less; undefined where neither says anything. */
  open(call: LimitedCall, request: IncomingMessage, response: ServerResponse): RequestDeadline | undefined {
    const said = this.#saidIn(request, response);
    const own = call.route?.deadline;
    if (said === undefined && own === undefined) return undefined;
    const isOwn = said === undefined || (own !== undefined && own <= said);
    const limit = (isOwn ? own : said) ?? 0;
    const arrival = (request as TimedMessage)[kArrival] ?? this.#parts.clock.elapsed();
    return new RequestDeadline(call, isOwn ? this.#watchOf(limit) : this.#ofCallers, arrival, limit);
  }

  /** The listener that lets the time of a request begin. With `always` that of each, else of those whose callers say something. */
  inFrontOf(listener: RequestListener, always: boolean): RequestListener {
    const { header } = this;
    const { clock } = this.#parts;
    if (!always && header === undefined) return listener;
    return (request: TimedMessage, response) => {
      if (always || request.headers[header ?? ''] !== undefined) request[kArrival] = clock.elapsed();
      listener(request, response);
    };
  }

  #watchOf(limit: number): Watch {
    let watch = this.#byLimit.get(limit);
    if (watch === undefined) {
      watch = this.#newWatch();
      this.#byLimit.set(limit, watch);
    }
    return watch;
  }

  #newWatch(): Watch {
    const { clock } = this.#parts;
    return { clock, list: new ExpiryList(clock, { background: true }) };
  }

  /** What the caller says that is left, as far as it is believed. Milliseconds. */
  #saidIn(request: IncomingMessage, response: ServerResponse): number | undefined {
    const { header } = this;
    const { log, options, trust } = this.#parts;
    if (header === undefined || trust === undefined || request.headers[header] === undefined) return undefined;
    const peer = { headers: request.headers, socket: socketOf(request, response) ?? {} };
    const said = new ForwardedRequest(peer, trust).last(header);
    if (said === undefined) return undefined;
    if (/^\d{1,15}$/.test(said)) return Math.min(Number(said), options.max);
    const message = `The header ${header} is no whole number of milliseconds, and was ignored`;
    logSafely(log, 'debug', message, { got: describeValue(said) });
    return undefined;
  }
}
