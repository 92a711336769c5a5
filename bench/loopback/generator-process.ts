/**
 * The closed-loop generator: 64 keep-alive connections for each target, each with one request on its way for as long as
 * a slice lasts. It reads no more of an answer than its status and its length: it has to be faster than any server.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

/** A server, and what to ask it. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly request: string;
  readonly status: number;
  /** Of a whole answer, in bytes. */
  readonly answerLength: number;
}

/** Load for one target. */
export interface LoadOrder {
  readonly target: number;
  readonly duration: number;
}

export interface LoadReport {
  readonly requests: number;
  readonly duration: number;
}

/** Said in place of a report; the run ends with it. */
export interface LoadFailure {
  readonly problem: string;
}

const connectionCount = 64;

/** How long the answers to the last requests of a slice may take. Milliseconds. */
const drainTimeout = 5_000;

class Load {
  readonly #target: Target;
  readonly #request: Buffer;
  readonly #connections: Socket[] = [];
  #until = 0;
  #waiting = 0;
  #requests = 0;
  #settled: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(target: Target) {
    this.#target = target;
    this.#request = Buffer.from(target.request, 'latin1');
  }

  /** Keeps the target busy for a while. Everything that was asked has been answered when it resolves. */
  async run(duration: number): Promise<LoadReport> {
    while (this.#connections.length < connectionCount) await this.#connect();
    const { promise } = (this.#settled = Promise.withResolvers());
    const start = performance.now();
    this.#requests = 0;
    this.#until = start + duration;
    this.#waiting = connectionCount;
    for (const socket of this.#connections) socket.write(this.#request);
    this.#spin();
    const late = setTimeout(() => this.#fail('has not answered'), duration + drainTimeout);
    await promise.finally(() => clearTimeout(late));
    return { requests: this.#requests, duration: performance.now() - start };
  }

  /**
   * Keeps the event loop from sleeping while answers are awaited. The server would pay for each waking, which is dear in
   * a virtual machine, and a server that answers faster would pay more often.
   */
  #spin(): void {
    if (this.#waiting > 0) setImmediate(() => this.#spin());
  }

  async #connect(): Promise<void> {
    const { port, answerLength } = this.#target;
    const ok = String(this.#target.status).charCodeAt(0);
    let received = 0;
    const callback = (length: number, buffer: Uint8Array): boolean => {
      // 'HTTP/1.1 200': the first digit of the status is the tenth byte.
      if (received === 0 && buffer[9] !== ok) this.#fail('has answered with another status');
      received += length;
      if (received < answerLength) return true;
      if (received > answerLength) this.#fail('has answered at another length');
      received = 0;
      this.#requests++;
      if (performance.now() < this.#until) socket.write(this.#request);
      else if (--this.#waiting === 0) this.#settled.resolve();
      return true;
    };
    // Into one buffer, without a stream in between.
    const socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: { buffer: Buffer.alloc(16_384), callback },
    });
    await once(socket, 'connect');
    this.#connections.push(socket);
    socket.on('error', (error) => this.#fail(error.message));
    socket.on('close', () => {
      this.#connections.splice(this.#connections.indexOf(socket), 1);
      if (this.#waiting > 0) this.#fail('has closed a connection');
    });
  }

  #fail(what: string): void {
    this.#settled.reject(new Error(`${this.#target.name} ${what} under load.`));
  }
}

const targets = JSON.parse(process.argv[2] ?? '[]') as readonly Target[];
const loads = targets.map((target) => new Load(target));

process.on('disconnect', () => process.exit());
process.on('message', (order: LoadOrder) => void follow(order));
process.send?.('ready');

async function follow({ target, duration }: LoadOrder): Promise<void> {
  try {
    const report = await loads[target]?.run(duration);
    process.send?.(report);
  } catch (error) {
    process.send?.({ problem: error instanceof Error ? error.message : String(error) } satisfies LoadFailure);
  }
}
