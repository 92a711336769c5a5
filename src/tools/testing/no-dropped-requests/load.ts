import { SeededRandom, type Clock } from '../../../foundation/index.js';
import type { Backend, Balancer } from './balancer.js';
import type { ClientConnection, Exchange, Outcome } from './client-connection.js';
import { loadKinds, type Ledger, type LoadKind } from './ledger.js';
import type { RequestBytes } from './request-bytes.js';

/** What the clients of a load send, and how many of them. */
export interface LoadPlan {
  readonly get: RequestBytes | undefined;
  readonly head: RequestBytes | undefined;
  readonly post: RequestBytes | undefined;
  readonly upload: RequestBytes | undefined;
  readonly stream: RequestBytes | undefined;
  readonly connections: Readonly<Record<LoadKind, number>>;
  /** The longest silence between an answer and the next request. Milliseconds. */
  readonly gap: number;
  /** How long an upload takes. Milliseconds. */
  readonly uploadDuration: number;
}

/** New connections that are made in the very moment of a stop. */
const lateClients = 4;

/** Slow uploads come in so many pieces. */
const uploadPieces = 6;

/** How long slow readers look away after each chunk. Milliseconds. */
const readPause = 10;

/** How long a head stays half sent, at least and at most. Milliseconds. */
const halfSentPause = [20, 100] as const;

interface Client {
  readonly kind: LoadKind;
  /** What it sends, one of them at a time. */
  readonly requests: readonly [RequestBytes, ...RequestBytes[]];
  /** Answers are followed by the next request at once while an instance is being stopped. */
  readonly isEager: boolean;
  /** Its own, so that what it does by chance does not depend on what others do. */
  readonly random: SeededRandom;
}

/**
 * Clients that keep connections and send one request after the other, with small gaps. Each follows what answers say about
 * its connection, and makes another where that ends.
 */
export class Load {
  readonly #balancer: Balancer;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #seed: number;
  readonly #plan: LoadPlan;
  readonly #clients: Promise<void>[] = [];
  readonly #pauses = new Set<() => void>();
  #phase: 'steady' | 'striking' | 'over' = 'steady';

  constructor(balancer: Balancer, ledger: Ledger, clock: Clock, seed: number, plan: LoadPlan) {
    this.#balancer = balancer;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#seed = seed;
    this.#plan = plan;
  }

  start(): void {
    for (const [kind, count] of Object.entries(this.#plan.connections) as [LoadKind, number][]) {
      for (let index = 0; index < count; index++) this.#add(kind, index % 2 === 0);
    }
  }

  /**
   * Puts the hardest moment before a stop: whoever is silent sends its next request now, and new clients connect. The stop
   * is to be begun behind the promise, with requests unread in sockets and connections that nobody has accepted yet.
   */
  async strike(): Promise<void> {
    this.#phase = 'striking';
    this.#wake();
    const kind = loadKinds.find((each) => this.#plan.connections[each] > 0 && requestsOf(each, this.#plan).length > 0);
    for (let index = 0; index < lateClients && kind !== undefined; index++) this.#add(kind, true, true);
    // Sockets connect in a tick of their own, and those were asked for before this one.
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
  }

  /** A stop has ended, and the load goes on. */
  calm(): void {
    this.#phase = 'steady';
  }

  /** No request is begun any more; those on their way are still waited for. */
  sendNoMore(): void {
    this.#phase = 'over';
    this.#wake();
  }

  /** Resolves once each request has an outcome, after {@link sendNoMore}. */
  async whenSettled(): Promise<void> {
    await Promise.all(this.#clients);
  }

  #add(kind: LoadKind, isEager: boolean, connectsAtOnce = false): void {
    const [first, ...others] = requestsOf(kind, this.#plan);
    if (first === undefined) return;
    const random = new SeededRandom(this.#seed + this.#clients.length);
    this.#clients.push(this.#run({ kind, requests: [first, ...others], isEager, random }, connectsAtOnce));
  }

  async #run(client: Client, connectsAtOnce: boolean): Promise<void> {
    for (let isFirst = true; ; isFirst = false) {
      // Behind a timer, because a client in the server's own process could otherwise connect after the server has looked for
      // new connections and before it closes its port, in the same turn of the loop. One outside of it meets that by luck only.
      if (!isFirst || !connectsAtOnce) await this.#pause(Math.max(1, client.random.between(0, this.#plan.gap)));
      if (this.#phase === 'over') return;
      const dialled = await this.#balancer.dial();
      if (dialled.kind === 'connected') await this.#talk(client, dialled.connection, dialled.backend);
      else if (this.#isGone(dialled.kind)) return this.#ledger.enterRefusedAfterStop();
      else {
        const [{ method, path }] = client.requests;
        this.#ledger.enterRefused({ ...dialled, load: client.kind, method, path });
      }
    }
  }

  /** The only instance has closed its port: that is how its stop ends for whoever comes anew. */
  #isGone(kind: 'refused' | 'reset'): boolean {
    const [only, another] = this.#balancer.backends;
    return kind === 'refused' && another === undefined && only?.stopBegan !== undefined;
  }

  async #talk(client: Client, connection: ClientConnection, backend: Backend): Promise<void> {
    while (connection.isUsable && this.#phase !== 'over') {
      await this.#round(client, connection, backend);
      if (connection.isUsable && !(client.isEager && this.#phase === 'striking'))
        await this.#pause(client.random.between(0, this.#plan.gap));
    }
    if (connection.isUsable) connection.end();
  }

  async #round(client: Client, connection: ClientConnection, backend: Backend): Promise<void> {
    const enter = async (exchange: Exchange): Promise<Outcome> => {
      const outcome = await exchange.outcome;
      this.#ledger.enter(client.kind, backend, exchange, outcome);
      return outcome;
    };
    const request = client.random.oneOf(...client.requests);
    switch (client.kind) {
      case 'backToBack':
        await enter(connection.send(request));
        return;
      case 'stream':
        connection.readSlowly(readPause);
        await enter(connection.send(request));
        return;
      case 'upload':
        await this.#upload(connection, request, enter);
        return;
      case 'pipelined':
        await pipeline(connection, request, enter);
        return;
      case 'halfSent':
        await this.#sendInHalves(connection, request, client.random, enter);
        return;
    }
  }

  async #upload(connection: ClientConnection, request: RequestBytes, enter: Enter): Promise<void> {
    const exchange = connection.begin(request);
    const entered = enter(exchange);
    connection.write(exchange, request.head);
    const size = Math.ceil(request.body.length / uploadPieces);
    for (let at = 0; at < request.body.length && connection.isUsable; at += size) {
      await this.#clock.wait(this.#plan.uploadDuration / uploadPieces);
      connection.write(exchange, request.body.subarray(at, at + size));
    }
    await entered;
  }

  async #sendInHalves(
    connection: ClientConnection,
    request: RequestBytes,
    random: SeededRandom,
    enter: Enter,
  ): Promise<void> {
    const exchange = connection.begin(request);
    const entered = enter(exchange);
    const cut = random.between(1, request.head.length - 1);
    connection.write(exchange, request.head.subarray(0, cut));
    await this.#clock.wait(random.between(...halfSentPause));
    connection.write(exchange, Buffer.concat([request.head.subarray(cut), request.body]));
    await entered;
  }

  #pause(milliseconds: number): Promise<void> {
    if (milliseconds === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel();
        this.#pauses.delete(done);
        resolve();
      };
      const timer = this.#clock.schedule(done, milliseconds);
      this.#pauses.add(done);
    });
  }

  #wake(): void {
    for (const done of this.#pauses) done();
  }
}

type Enter = (exchange: Exchange) => Promise<Outcome>;

/** Three at once, and one more behind those that are still in flight. */
async function pipeline(connection: ClientConnection, request: RequestBytes, enter: Enter): Promise<void> {
  const [first, ...others] = connection.sendTogether(request, request, request).map(enter);
  await first;
  await Promise.all(connection.isUsable ? [...others, enter(connection.send(request))] : others);
}

function requestsOf(kind: LoadKind, { get, head, post, upload, stream }: LoadPlan): RequestBytes[] {
  const byKind: Readonly<Record<LoadKind, readonly (RequestBytes | undefined)[]>> = {
    backToBack: [get, head, post],
    upload: [upload],
    stream: [stream],
    pipelined: [get],
    halfSent: [get, post],
  };
  return byKind[kind].filter((request) => request !== undefined);
}
