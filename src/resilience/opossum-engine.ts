import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import {
  CircuitBreakerEngine,
  type CircuitOutcome,
  type CircuitState,
  type EngineCapabilities,
  type EngineHost,
} from './circuit-breaker-engine.js';

/** What is used of opossum 10. */
interface Opossum {
  readonly closed: boolean;
  readonly opened: boolean;
  readonly halfOpen: boolean;
  fire(ticket: OpossumTicket): Promise<unknown>;
  close(): void;
  shutdown(): void;
  on(event: 'open' | 'close', listener: () => void): void;
}

type OpossumClass = new (action: (ticket: OpossumTicket) => unknown, options: object) => Opossum;

const bucketCount = 10;
/** It would leave the open state by a timer; we ask the clock, and let its timer never fire. */
const never = 2_147_483_647;

/**
 * Lets opossum decide. It knows only whole calls: so what it calls is a ticket, which looks to it like the promise of the
 * call's end and tells it of that end when it is known. Time it takes from the clock, by a controller of its buckets; what
 * it cannot do, as giving a permit back, is done by making it anew in the half-open state.
 */
export class OpossumEngine extends CircuitBreakerEngine<OpossumTicket> {
  readonly name = 'opossum';
  readonly capabilities: EngineCapabilities = {
    countWindow: false,
    slowCalls: false,
    halfOpenPermits: false,
    exactRatio: false,
    timerless: false,
  };
  readonly #host: EngineHost;
  readonly #Opossum: OpossumClass;
  #bucketDuration: number;
  readonly #rotation = new EventEmitter();
  #opossum: Opossum;
  #state: CircuitState = 'closed';
  /** A ticket of an older one counts for nothing. */
  #generation = 0;
  #opened = 0;
  #until = 0;
  #period: number;
  #now: number;
  /** What opossum was made with; it cannot be told anything else later. */
  #failureRatio = 0;
  #minimumCalls = 0;

  constructor(host: EngineHost, now: number) {
    super();
    this.#host = host;
    this.#Opossum = createRequire(import.meta.url)('opossum') as OpossumClass;
    const { window } = host.options;
    this.#bucketDuration = (typeof window === 'number' ? window : 10_000) / bucketCount;
    this.#period = Math.floor(now / this.#bucketDuration);
    this.#now = now;
    this.#opossum = this.#make('closed');
  }

  enter(now: number): OpossumTicket | undefined {
    this.#turnTo(now);
    if (this.#state === 'closed' && this.#isOutdated()) this.#renew('closed');
    const isOver = (this.#state === 'open' || this.#state === 'halfOpen') && now >= this.#until;
    if (isOver) this.#tryAgain();
    // Who is told of the new state may give it another.
    if (this.#state === 'isolated') return undefined;
    const ticket = new OpossumTicket(this.#generation);
    ticket.fired = this.#opossum.fire(ticket);
    if (ticket.isAdmitted) return ticket;
    ticket.fired.catch(ignore);
    return undefined;
  }

  leave(ticket: OpossumTicket, outcome: CircuitOutcome, _duration: number, now: number): void {
    if (ticket.generation !== this.#generation) return;
    this.#turnTo(now);
    if (outcome === 'success') ticket.succeed();
    else if (outcome === 'failure') ticket.fail();
    else if (this.#state === 'halfOpen') this.#renew('halfOpen');
  }

  state(now: number): CircuitState {
    return this.#state === 'open' && now >= this.#until ? 'halfOpen' : this.#state;
  }

  retryAfter(now: number): number {
    if (this.#state === 'isolated') return Infinity;
    return this.#state === 'closed' ? 0 : Math.max(0, this.#until - now);
  }

  isolate(): void {
    // What still runs would open or close it.
    this.#generation++;
    this.#become('isolated');
  }

  close(): void {
    this.#opened = 0;
    this.#renew('closed');
    this.#become('closed');
  }

  forget(): void {
    const { window } = this.#host.options;
    this.#bucketDuration = (typeof window === 'number' ? window : 10_000) / bucketCount;
    this.#period = Math.floor(this.#now / this.#bucketDuration);
    if (this.#state === 'closed') this.#renew('closed');
  }

  reset(): void {
    this.close();
  }

  /** Its options were changed; what it has counted is forgotten with it. */
  #isOutdated(): boolean {
    const { failureRatio, minimumCalls } = this.#host.options;
    return failureRatio !== this.#failureRatio || minimumCalls !== this.#minimumCalls;
  }

  #tryAgain(): void {
    this.#until = this.#now + this.#host.openDuration(Math.max(1, this.#opened));
    this.#renew('halfOpen');
    this.#become('halfOpen');
  }

  #renew(state: 'closed' | 'halfOpen'): void {
    this.#generation++;
    this.#opossum.shutdown();
    this.#opossum = this.#make(state);
  }

  #make(state: 'closed' | 'halfOpen'): Opossum {
    const { failureRatio, minimumCalls } = this.#host.options;
    this.#failureRatio = failureRatio;
    this.#minimumCalls = minimumCalls;
    const opossum = new this.#Opossum((ticket) => ticket.admit(), {
      timeout: false,
      resetTimeout: never,
      rollingCountTimeout: this.#bucketDuration * bucketCount,
      rollingCountBuckets: bucketCount,
      rotateBucketController: this.#rotation,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      volumeThreshold: minimumCalls,
      // It opens above the ratio, and we from it on.
      errorThresholdPercentage: failureRatio * 100 - 1e-9,
      state: { enabled: true, closed: state === 'closed', halfOpen: state === 'halfOpen' },
    });
    opossum.on('open', () => this.#open());
    opossum.on('close', () => {
      this.#generation++;
      this.close();
    });
    return opossum;
  }

  #open(): void {
    this.#generation++;
    this.#opened++;
    this.#until = this.#now + this.#host.openDuration(this.#opened);
    this.#become('open');
  }

  #become(state: CircuitState): void {
    const from = this.#state;
    this.#state = state;
    if (from !== state) this.#host.onStateChange(from, state);
  }

  /** Its window moves by buckets, whenever it is told to. */
  #turnTo(now: number): void {
    this.#now = now;
    const period = Math.floor(now / this.#bucketDuration);
    if (period === this.#period) return;
    const passed = Math.min(bucketCount, period - this.#period);
    this.#period = period;
    for (let each = 0; each < passed; each++) this.#rotation.emit('rotate');
  }
}

/** One call, as opossum sees it: what it calls, and the promise that it gets. */
class OpossumTicket {
  readonly generation: number;
  isAdmitted: boolean;
  fired: Promise<unknown> | undefined;
  #onSuccess: (() => void) | undefined;
  #onFailure: ((error: unknown) => void) | undefined;

  constructor(generation: number) {
    this.generation = generation;
    this.isAdmitted = false;
    this.fired = undefined;
    this.#onSuccess = undefined;
    this.#onFailure = undefined;
  }

  admit(): this {
    this.isAdmitted = true;
    return this;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- Opossum hangs itself onto what it called by this name.
  then(onSuccess: () => void): { catch(onFailure: (error: unknown) => void): void } {
    this.#onSuccess = onSuccess;
    return {
      catch: (onFailure) => {
        this.#onFailure = onFailure;
      },
    };
  }

  succeed(): void {
    this.#onSuccess?.();
  }

  fail(): void {
    // Who wants to know of the failure has it from the call itself.
    this.fired?.catch(ignore);
    this.#onFailure?.(undefined);
  }
}

function ignore(): void {}
