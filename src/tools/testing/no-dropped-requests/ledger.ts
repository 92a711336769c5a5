import type { Backend } from './balancer.js';
import type { Exchange, Outcome } from './client-connection.js';

/** The ways in which a request is lost. */
export const lossKinds = ['refused', 'reset', 'empty', 'truncated', '5xx'] as const;

/**
 * How a request was lost: its connection was refused; reset or ended before a byte of the answer; the answer began and did
 * not become whole; or it is an error of the server's. 408 counts as 5xx: the server gave up what was still being sent.
 */
export type LossKind = (typeof lossKinds)[number];

/** The kinds of clients that make the load. */
export const loadKinds = ['backToBack', 'upload', 'stream', 'pipelined', 'halfSent'] as const;

export type LoadKind = (typeof loadKinds)[number];

/** What the clients of one kind have sent and got. */
export interface LoadCounts {
  /** Requests of which at least a byte was written. */
  readonly sent: number;
  /** Requests with a whole answer that is no error of the server's, or one that says when to come back where that is allowed. */
  readonly answered: number;
  /** Requests behind an answer that said `Connection: close`, and refusals where they are allowed: sent again elsewhere. */
  readonly moved: number;
  readonly lost: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** One request that was not answered. Times are milliseconds relative to the begin of its instance's stop. */
export interface LostRequest {
  readonly kind: LossKind;
  readonly load: LoadKind;
  readonly method: string;
  readonly path: string;
  /** The URL of the instance; undefined where no instance took the connection. */
  readonly instance: string | undefined;
  /** How many requests its connection had carried before: 0 on a new one. */
  readonly before: number;
  /** Undefined where that instance was not being stopped. Negative before the stop. */
  readonly sentAt: number | undefined;
  readonly lostAt: number | undefined;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** The first 120 bytes of what came of an answer. */
  readonly seen: string;
  /** 0 without one. */
  readonly status: number;
  readonly reason: string;
}

/** How the stop of one instance went. */
export interface StopRecord {
  readonly instance: string;
  /** Milliseconds until it resolved, or until nobody waited for it any longer. */
  readonly took: number;
  /** Undefined for a stop that resolved in time. */
  readonly failure: string | undefined;
}

/** What the clients saw. */
export interface LoadReport {
  /** Makes the same load again. */
  readonly seed: number;
  readonly total: LoadCounts;
  readonly byLoad: Readonly<Record<LoadKind, LoadCounts>>;
  /** How many whole answers had which status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Requests whose first byte was written after a stop had begun. */
  readonly sentAfterStop: number;
  /** Connections that were opened. */
  readonly connections: number;
  /** Connections refused, or not tried, after the only instance had begun to stop, which ends the load and loses nothing. */
  readonly refusedAfterStop: number;
  /** Connections that the server had still not ended after the last stop and the last answer. */
  readonly connectionsLeftOpen: number;
  readonly stops: readonly StopRecord[];
  readonly lost: readonly LostRequest[];
  readonly lostByKind: Readonly<Record<LossKind, number>>;
}

/** A request that nobody accepted. */
export interface RefusedRequest {
  readonly load: LoadKind;
  readonly method: string;
  readonly path: string;
  readonly kind: 'refused' | 'reset';
  readonly reason: string;
  readonly backend: Backend | undefined;
}

/** Which answers are no loss though their status says so. */
export interface LedgerRules {
  /** A 503 with `Connection: close` of an instance that is being stopped. */
  readonly refusals: boolean;
  /** A 503 that says `Retry-After`. */
  readonly retryAfter: boolean;
}

type Answered = Extract<Outcome, { readonly kind: 'answered' }>;

type Counts = { -readonly [Name in keyof LoadCounts]: number };

const none: LoadCounts = { sent: 0, answered: 0, moved: 0, lost: 0, bytesSent: 0, bytesReceived: 0 };

/** Counts what the clients send and get. */
export class Ledger {
  readonly #elapsed: () => number;
  readonly #allows: LedgerRules;
  readonly #byLoad: Record<LoadKind, Counts>;
  readonly #statuses: Record<number, number> = {};
  readonly #lost: LostRequest[] = [];
  readonly #stops: StopRecord[] = [];
  #sentAfterStop = 0;
  #refusedAfterStop = 0;

  constructor(elapsed: () => number, allows: LedgerRules) {
    this.#elapsed = elapsed;
    this.#allows = allows;
    this.#byLoad = {
      backToBack: { ...none },
      upload: { ...none },
      stream: { ...none },
      pipelined: { ...none },
      halfSent: { ...none },
    };
  }

  /** Enters a request that has been settled. One of which no byte was written does not count. */
  enter(load: LoadKind, backend: Backend, exchange: Exchange, outcome: Outcome): void {
    if (exchange.bytesSent === 0) return;
    const counts = this.#byLoad[load];
    counts.sent++;
    counts.bytesSent += exchange.bytesSent;
    counts.bytesReceived += exchange.answer.received;
    if (backend.stopBegan !== undefined && exchange.sentAt >= backend.stopBegan) this.#sentAfterStop++;
    if (outcome.kind === 'answered') this.#statuses[outcome.status] = (this.#statuses[outcome.status] ?? 0) + 1;
    if (outcome.kind === 'moved' || (outcome.kind === 'answered' && this.#isRefusal(backend, outcome))) {
      counts.moved++;
    } else if (outcome.kind === 'lost' || this.#isError(outcome)) {
      counts.lost++;
      this.#lost.push(this.#toLost(load, backend, exchange, outcome));
    } else {
      counts.answered++;
    }
  }

  enterRefused({ load, method, path, kind, reason, backend }: RefusedRequest): void {
    const at = this.#relative(backend, this.#elapsed());
    const request = { kind, load, method, path, instance: backend?.url, before: 0, sentAt: at, lostAt: at };
    this.#lost.push({ ...request, bytesSent: 0, bytesReceived: 0, seen: '', status: 0, reason });
    this.#byLoad[load].lost++;
  }

  enterRefusedAfterStop(): void {
    this.#refusedAfterStop++;
  }

  enterStop(stop: StopRecord): void {
    this.#stops.push(stop);
  }

  report(seed: number, connections: number, connectionsLeftOpen: number): LoadReport {
    const total = { ...none } as Counts;
    for (const counts of Object.values(this.#byLoad))
      for (const name of Object.keys(none) as (keyof LoadCounts)[]) total[name] += counts[name];
    const lostByKind = { refused: 0, reset: 0, empty: 0, truncated: 0, '5xx': 0 };
    for (const { kind } of this.#lost) lostByKind[kind]++;
    return {
      seed,
      total,
      byLoad: this.#byLoad,
      statuses: this.#statuses,
      sentAfterStop: this.#sentAfterStop,
      connections,
      refusedAfterStop: this.#refusedAfterStop,
      connectionsLeftOpen,
      stops: this.#stops,
      lost: this.#lost,
      lostByKind,
    };
  }

  #isRefusal({ stopBegan }: Backend, { status, saysClose }: Answered): boolean {
    return this.#allows.refusals && stopBegan !== undefined && status === 503 && saysClose;
  }

  #isError({ status, saysRetryAfter }: Answered): boolean {
    if (status === 503 && saysRetryAfter && this.#allows.retryAfter) return false;
    return status >= 500 || status === 408;
  }

  #toLost(
    load: LoadKind,
    backend: Backend,
    { request, before, sentAt, bytesSent, answer }: Exchange,
    outcome: Exclude<Outcome, { kind: 'moved' }>,
  ): LostRequest {
    return {
      ...(outcome.kind === 'lost'
        ? { kind: outcome.how, reason: outcome.reason }
        : { kind: '5xx', reason: `answered ${outcome.status}` }),
      load,
      method: request.method,
      path: request.path,
      instance: backend.url,
      before,
      sentAt: this.#relative(backend, sentAt),
      lostAt: this.#relative(backend, this.#elapsed()),
      bytesSent,
      bytesReceived: answer.received,
      seen: answer.seen.toString('latin1'),
      status: answer.status,
    };
  }

  #relative(backend: Backend | undefined, at: number): number | undefined {
    return backend?.stopBegan === undefined ? undefined : Math.round(at - backend.stopBegan);
  }
}
