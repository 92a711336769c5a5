import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess } from './processes.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** How long a child may be silent. Far more than anything takes here, so that a hang ends the run. Milliseconds. */
const answerTimeout = 30_000;

/** Runs a command on some cores only. */
export const pinCommand = 'taskset';

export interface ChildOptions {
  /** The only core it may run on. @default any */
  readonly cpu?: number;
}

/** Starts a module of this folder with one argument. */
export function startChild(file: URL, argument: unknown, options: ChildOptions = {}): Child {
  return new Child(file, argument, options);
}

/** A process of this benchmark that is spoken to in turn: one message there, one back. */
export class Child {
  readonly #name: string;
  readonly #process: ChildProcess;

  constructor(file: URL, argument: unknown, { cpu }: ChildOptions) {
    const path = fileURLToPath(file);
    const node = [process.execPath, '--import', 'bowline/register', path, JSON.stringify(argument)];
    const [command = '', ...args] = cpu === undefined ? node : [pinCommand, '-c', String(cpu), ...node];
    this.#name = relative(root, path);
    this.#process = startProcess(command, args, {
      cwd: root,
      // What a server has to say must not end up in the table.
      stdio: ['ignore', 2, 2, 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  send(message: object): void {
    this.#process.send(message);
  }

  /** The child's next message. Rejects when it ends or fails to start instead, and after half a minute. */
  async answer<T>(): Promise<T> {
    const answered = new AbortController();
    const signal = AbortSignal.any([answered.signal, AbortSignal.timeout(answerTimeout)]);
    const message = once(this.#process, 'message', { signal });
    const exit = once(this.#process, 'exit', { signal }).then(([code, by]) => {
      throw new Error(`${this.#name} has ended unasked (${String(code ?? by)}).`);
    });
    try {
      const [value] = (await Promise.race([message, exit])) as [T];
      return value;
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new Error(`${this.#name} has said nothing for ${answerTimeout / 1_000} s.`);
    } finally {
      answered.abort();
      // The loser of the race is rejected by that, which is no news.
      await Promise.allSettled([message, exit]);
    }
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exit;
  }
}
