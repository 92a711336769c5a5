import {
  booleanOption,
  BowlineError,
  customOption,
  durationOption,
  integerOption,
  nestedOption,
  reasonOf,
  requireOptions,
  SystemClock,
  type Clock,
  type OptionRules,
} from '../../../foundation/index.js';
import { Balancer, type Backend, type ClientTls } from './balancer.js';
import { Ledger, loadKinds, type LoadKind, type LoadReport } from './ledger.js';
import { Load, type LoadPlan } from './load.js';
import { toRequestBytes, type RequestBytes, type RequestToSend } from './request-bytes.js';
import { RequestsDroppedError } from './requests-dropped-error.js';
import type { RunningInstance } from './running-instance.js';

/** What is sent. Whatever is left out makes the load smaller; each is sent once before, and must be answered below 400. */
export interface RequestsToSend {
  /** Sent by GET back to back, pipelined, and with its head in two parts. */
  readonly get?: string | RequestToSend;
  /** Sent by HEAD, back to back. */
  readonly head?: string | RequestToSend;
  /** Sent by POST, back to back and with its head in two parts. */
  readonly post?: RequestToSend;
  /** Sent by POST, its body in pieces over `uploadDuration`. */
  readonly upload?: RequestToSend;
  /** A long answer that ends by itself, fetched by GET and read slowly. */
  readonly stream?: string | RequestToSend;
}

/** Times are milliseconds. */
export interface NoDroppedRequestsOptions {
  /** Makes an instance that listens on this machine; called once for each. An `Application` is one, as is whatever has a `url` and a `stop`. */
  readonly start: () => Promise<RunningInstance> | RunningInstance;
  readonly requests: RequestsToSend;
  /**
   * How many instances share the load. One is stopped with all of the load on it; of several, each but the last is stopped in
   * turn, while new connections go to those that are ready. @default 1
   */
  readonly instances?: number;
  /** How long there is load before each stop. @default 1_000 */
  readonly stopAfter?: number;
  /** How long one stop may take. @default 10_000 */
  readonly deadline?: number;
  /**
   * How many connections the clients of each kind keep. Four more of the first kind connect in the moment of a stop.
   * @default backToBack 12, upload 4, stream 4, pipelined 5, halfSent 5
   */
  readonly connections?: Readonly<Partial<Record<LoadKind, number>>>;
  /** The longest silence of a client between an answer and its next request. Must be well below the time that a stop leaves idle connections. @default 20 */
  readonly gap?: number;
  /** @default 300 */
  readonly uploadDuration?: number;
  /** Whether a 503 with `Connection: close` from an instance that is being stopped is no loss, because its client goes elsewhere. @default false */
  readonly allowRefusals?: boolean;
  /**
   * Whether a 503 that says `Retry-After` is an answer, as that of an open circuit or a full bulkhead: the client knows that
   * nothing was done, and when to come back. @default false
   */
  readonly allowRetryAfter?: boolean;
  /**
   * Whether new connections keep away from an instance once its stop has begun, as behind a balancer that was told before.
   * Needed where an instance runs in another process and is not lame for a while first: the kernel goes on accepting while a
   * process decides to close its port, and who comes in that instant is reset, whatever the process does. @default false
   */
  readonly avoidStopping?: boolean;
  /** What each client does by chance: its gaps, the order of its requests, where it cuts a head. @default another each time; the report and the error name it */
  readonly seed?: number;
  /** What verifies instances whose URL is https. @default the authorities that Node trusts */
  readonly tls?: ClientTls;
}

const defaultConnections = { backToBack: 12, upload: 4, stream: 4, pipelined: 5, halfSent: 5 };

/** After a stop that did not end, answers that are on their way have so long to come. */
const settleTimeout = 1_000;

/** How long the ends of connections may take to be seen. */
const closeTimeout = 200;

const requestNames = ['get', 'head', 'post', 'upload', 'stream'] as const;

const pathRule = customOption('a path, or an object with a path', isRequest);

const rules: OptionRules = {
  start: customOption('a function', (value) => typeof value === 'function'),
  requests: {
    ...nestedOption(Object.fromEntries(requestNames.map((name) => [name, pathRule]))),
    expected: 'an object with at least one request: get, head, post, upload or stream',
    accepts: namesRequest,
  },
  instances: integerOption(1, 100),
  stopAfter: durationOption(),
  deadline: durationOption(1),
  connections: nestedOption(Object.fromEntries(loadKinds.map((kind) => [kind, integerOption(0, 10_000)]))),
  gap: durationOption(),
  uploadDuration: durationOption(),
  allowRefusals: booleanOption,
  allowRetryAfter: booleanOption,
  avoidStopping: booleanOption,
  seed: integerOption(0),
  tls: customOption('an object', (value) => typeof value === 'object'),
};

/**
 * Proves that a stop loses no request. Starts what `start` makes, sends requests over connections that are kept alive, stops
 * it in the hardest moment (requests unread, connections not yet accepted) and resolves with what the clients saw, or rejects
 * with a {@link RequestsDroppedError}: a request was lost, or a stop did not end within `deadline`. Works for a Bowline
 * application in the same process and for any other HTTP/1.1 server, a child process included.
 *
 * Lost is what a client without retries loses: a request of which a byte was written, on whatever connection had been
 * accepted, and that got no whole answer or one of 500 and above. No loss is a new connection that the only instance refuses
 * once its stop has begun, nor a request pipelined behind an answer that said `Connection: close`.
 *
 * ```ts
 * await expectNoDroppedRequests({
 *   start: async () => (await createApplication({ modules: [ordersModule], signals: false })).listen({ port: 0 }),
 *   requests: { get: '/orders/1', post: { path: '/orders', body: { cents: 1 } } },
 * });
 * ```
 */
export async function expectNoDroppedRequests(options: NoDroppedRequestsOptions): Promise<LoadReport> {
  requireOptions('expectNoDroppedRequests', options, rules);
  const trial = new Trial(options);
  try {
    await trial.start();
    await trial.stopUnderLoad();
  } finally {
    await trial.end();
  }
  return trial.judge();
}

/** One run of the load, from the start of its instances to the end of the last. */
class Trial {
  readonly #options: NoDroppedRequestsOptions;
  readonly #clock = new SystemClock();
  readonly #seed: number;
  readonly #instances: number;
  readonly #deadline: number;
  readonly #balancer: Balancer;
  readonly #ledger: Ledger;
  readonly #errors: unknown[] = [];
  #leftOpen = 0;

  constructor(options: NoDroppedRequestsOptions) {
    this.#options = options;
    this.#seed = options.seed ?? Math.trunc(this.#clock.now());
    this.#instances = options.instances ?? 1;
    this.#deadline = options.deadline ?? 10_000;
    this.#balancer = new Balancer(this.#clock, options.tls ?? {}, options.avoidStopping ?? false);
    const { allowRefusals = false, allowRetryAfter = false } = options;
    this.#ledger = new Ledger(() => this.#clock.elapsed(), { refusals: allowRefusals, retryAfter: allowRetryAfter });
  }

  async start(): Promise<void> {
    for (let index = 0; index < this.#instances; index++) {
      const { url } = this.#balancer.add(await this.#options.start());
      if (!/^https?:\/\//.test(url)) throw unusable('url of what start made', `'${url}'`, 'an http or https URL');
    }
  }

  async stopUnderLoad(): Promise<void> {
    const { stopAfter = 1_000 } = this.#options;
    const { backends } = this.#balancer;
    const plan = toPlan(this.#options, backends[0]?.url ?? '');
    await this.#tryOnce(plan);
    const load = new Load(this.#balancer, this.#ledger, this.#clock, this.#seed, plan);
    load.start();
    for (const backend of this.#instances === 1 ? backends : backends.slice(0, -1)) {
      await this.#clock.wait(stopAfter);
      await load.strike();
      await this.#stop(backend);
      if (this.#instances > 1) load.calm();
    }
    if (this.#instances > 1) await this.#clock.wait(stopAfter);
    load.sendNoMore();
    await this.#settle(load);
  }

  /** Stops what still runs, whatever has happened before. */
  async end(): Promise<void> {
    for (const backend of this.#balancer.backends) if (backend.stopBegan === undefined) await this.#stop(backend);
    for (let waited = 0; this.#balancer.open > 0 && waited < closeTimeout; waited += 10) await this.#clock.wait(10);
    this.#leftOpen = this.#balancer.open;
    this.#balancer.close();
  }

  judge(): LoadReport {
    const report = this.#ledger.report(this.#seed, this.#balancer.opened, this.#leftOpen);
    if (report.total.sent + report.total.lost === 0)
      throw unusable('connections', 'without a client', 'more than 0 for a kind that sends one of the requests');
    if (report.lost.length === 0 && report.stops.every(({ failure }) => failure === undefined)) return report;
    throw new RequestsDroppedError(report, this.#errors.length === 0 ? undefined : { cause: this.#errors[0] });
  }

  /** A load of answers that say 404 would prove nothing. */
  async #tryOnce(plan: LoadPlan): Promise<void> {
    for (const name of requestNames) {
      const request = plan[name];
      if (request === undefined) continue;
      const answer = await within(this.#clock, this.#deadline, this.#ask(request), 'gets no answer');
      if (answer !== 'ok') {
        this.#balancer.abandon('it was only tried');
        const expected = 'a request that is answered with less than 400 before anything is stopped';
        throw unusable(`requests.${name}`, `'${request.path}', which ${answer}`, expected);
      }
    }
  }

  async #ask(request: RequestBytes): Promise<string> {
    const dialled = await this.#balancer.dial();
    if (dialled.kind !== 'connected') return `cannot be sent (${dialled.reason})`;
    const outcome = await dialled.connection.send(request).outcome;
    dialled.connection.end();
    if (outcome.kind !== 'answered') return `gets no whole answer`;
    return outcome.status < 400 ? 'ok' : `answers ${outcome.status}`;
  }

  async #stop(backend: Backend): Promise<void> {
    const began = this.#clock.elapsed();
    const stopped = this.#balancer.stop(backend).then(
      () => undefined,
      (error: unknown) => {
        this.#errors.push(error);
        return `could not be stopped: ${reasonOf(error)}`;
      },
    );
    const failure = await within(this.#clock, this.#deadline, stopped, `did not stop within ${this.#deadline} ms`);
    this.#ledger.enterStop({ instance: backend.url, took: Math.round(this.#clock.elapsed() - began), failure });
  }

  /** Waits for what is on its way: to the deadline of the last stop, or a little longer where that is over. */
  async #settle(load: Load): Promise<void> {
    const began = Math.max(...this.#balancer.backends.map(({ stopBegan = 0 }) => stopBegan));
    const left = Math.max(began + this.#deadline - this.#clock.elapsed(), Math.min(this.#deadline, settleTimeout));
    const settled = load.whenSettled().then(() => 'settled');
    if ((await within(this.#clock, left, settled, 'late')) === 'settled') return;
    this.#balancer.abandon(`nothing more came within ${this.#deadline} ms of the stop`);
    await settled;
  }
}

function unusable(option: string, got: string, expected: string): BowlineError {
  return new BowlineError('BOW_OPTION_INVALID', { option: `expectNoDroppedRequests: ${option}`, got, expected });
}

/** What `promise` resolves with, or `late` after `timeout` milliseconds. */
async function within<T, Late>(clock: Clock, timeout: number, promise: Promise<T>, late: Late): Promise<T | Late> {
  const { promise: expired, resolve } = Promise.withResolvers<Late>();
  const timer = clock.schedule(() => resolve(late), timeout);
  try {
    return await Promise.race([promise, expired]);
  } finally {
    timer.cancel();
  }
}

function toPlan(
  { requests, connections, gap = 20, uploadDuration = 300 }: NoDroppedRequestsOptions,
  url: string,
): LoadPlan {
  const { host } = new URL(url);
  const toBytes = (method: string, given: RequestToSend | string | undefined): RequestBytes | undefined =>
    given === undefined ? undefined : toRequestBytes(host, method, given);
  return {
    get: toBytes('GET', requests.get),
    head: toBytes('HEAD', requests.head),
    post: toBytes('POST', requests.post),
    upload: toBytes('POST', requests.upload),
    stream: toBytes('GET', requests.stream),
    connections: { ...defaultConnections, ...connections },
    gap,
    uploadDuration,
  };
}

function namesRequest(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((request) => request !== undefined);
}

function isRequest(value: unknown): boolean {
  const path: unknown = typeof value === 'object' && value !== null && 'path' in value ? value.path : value;
  return typeof path === 'string' && path.startsWith('/');
}
