import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { blocksOf } from './blocks-of.js';
import type { Cost, Question } from './server-process.js';

const program = fileURLToPath(new URL('server-process.ts', import.meta.url));

/** `form` is an upload too, of a multipart form with one file. */
export type Direction = 'download' | 'upload' | 'form';

const boundary = 'a-boundary-as-long-as-those-of-browsers';

/** What stands around the bytes of an upload. */
export const plain = { type: 'application/octet-stream', head: '', tail: '' };
export const form = {
  type: `multipart/form-data; boundary=${boundary}`,
  head: `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`,
  tail: `\r\n--${boundary}--\r\n`,
};

/** What one transfer took: milliseconds of time and of the server's processor, and the server's memory above idle. */
export interface Transfer {
  readonly time: number;
  readonly cpu: number;
  readonly growth: number;
}

/** A server in a process of its own, so that its memory is its own. */
export class TransferServer {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #url: string;
  #idle: number;

  private constructor(name: string, child: ChildProcess, port: number) {
    this.name = name;
    this.#child = child;
    this.#url = `http://127.0.0.1:${port}`;
    this.#idle = 0;
  }

  static async start(name: string): Promise<TransferServer> {
    const execArgv = ['--expose-gc', '--import', 'bowline/register'];
    const child = fork(program, [name], {
      execArgv,
      stdio: ['ignore', 2, 2, 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    const gone = once(child, 'exit').then(([code]) => {
      throw new Error(`The server '${name}' has ended before it began (${String(code)}).`);
    });
    const [{ port }] = (await Promise.race([once(child, 'message'), gone])) as [{ port: number }];
    gone.catch(() => {});
    const server = new TransferServer(name, child, port);
    // What is loaded and compiled once belongs to idle.
    await server.#run('download', 1_048_576);
    await server.#run('upload', 1_048_576);
    await server.#run('form', 1_048_576);
    server.#idle = (await server.#ask('idle')).memory;
    return server;
  }

  /**
   * Throws where what arrived is not what was sent. `collecting` lets the server collect its garbage all the time, so that
   * its memory is what it holds.
   */
  async transfer(direction: Direction, bytes: number, collecting = false): Promise<Transfer> {
    await this.#ask(collecting ? 'startCollecting' : 'start');
    const start = performance.now();
    await this.#run(direction, bytes);
    const time = performance.now() - start;
    const { peak, cpu } = await this.#ask('stop');
    return { time, cpu, growth: Math.max(0, peak - this.#idle) };
  }

  /** What it costs to send an encoded body so many times, one after the other. Throws where the answer has another status; `collecting` as in a transfer. */
  async send(
    path: string,
    { status, body }: { readonly status: number; readonly body: Uint8Array<ArrayBuffer> },
    times: number,
    collecting = false,
  ): Promise<Transfer> {
    const headers = { 'content-type': path === '/bytes' ? plain.type : form.type, 'content-encoding': 'gzip' };
    await this.#ask(collecting ? 'startCollecting' : 'start');
    const start = performance.now();
    for (let time = 0; time < times; time++) {
      const answer = await fetch(this.#url + path, { method: 'POST', headers, body });
      await answer.arrayBuffer();
      if (answer.status !== status) throw new Error(`${answer.status} instead of ${status} (${path}, ${this.name}).`);
    }
    const time = performance.now() - start;
    const { peak, cpu } = await this.#ask('stop');
    return { time, cpu, growth: Math.max(0, peak - this.#idle) };
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  async #run(direction: Direction, bytes: number): Promise<void> {
    const arrived = await (direction === 'download' ? this.#download(bytes) : this.#upload(direction, bytes));
    if (arrived !== bytes) throw new Error(`${arrived} of ${bytes} bytes arrived (${direction}, ${this.name}).`);
  }

  async #download(bytes: number): Promise<number> {
    const call = request(`${this.#url}/download?bytes=${bytes}`, { agent: false }).end();
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    let arrived = 0;
    answer.on('data', (piece: Buffer) => {
      arrived += piece.length;
    });
    await once(answer, 'end');
    return arrived;
  }

  async #upload(direction: 'upload' | 'form', bytes: number): Promise<number> {
    const { type, head, tail } = direction === 'form' ? form : plain;
    const headers = { 'content-type': type, 'content-length': head.length + bytes + tail.length };
    const call = request(`${this.#url}/${direction}`, { method: 'POST', headers, agent: false });
    const answered = once(call, 'response') as Promise<[IncomingMessage]>;
    call.write(head);
    await pipeline(blocksOf(bytes), call, { end: false });
    call.end(tail);
    const [answer] = await answered;
    const { bytes: arrived } = (await new Response(answer as unknown as ReadableStream).json()) as { bytes: number };
    return arrived;
  }

  async #ask(question: Question): Promise<Cost> {
    const answered = once(this.#child, 'message') as Promise<[Cost]>;
    this.#child.send(question);
    const [cost] = await answered;
    return cost;
  }
}

/** Starts one for each name, and stops them again. */
export async function inNewServers<Result>(
  names: readonly string[],
  use: (servers: readonly TransferServer[]) => Promise<Result>,
): Promise<Result> {
  const servers = await Promise.all(names.map((name) => TransferServer.start(name)));
  try {
    return await use(servers);
  } finally {
    for (const server of servers) server.stop();
  }
}
