import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadableProvider } from 'bowline';
import { WireTarget } from './wire-target.js';

const program = fileURLToPath(new URL('server-process.ts', import.meta.url));

/** A provider that serves the fixture in a process of its own, so that its memory is its own and its end is seen. */
export class WireServer {
  readonly target: WireTarget;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, target: WireTarget) {
    this.#child = child;
    this.target = target;
  }

  static async start(provider: LoadableProvider): Promise<WireServer> {
    const execArgv = ['--expose-gc', '--import', 'bowline/register'];
    // What a server has to say must not end up between the figures.
    const child = fork(program, [provider], {
      execArgv,
      stdio: ['ignore', 2, 2, 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    const gone = once(child, 'exit').then(([code]) => {
      throw new Error(`The server on ${provider} has ended before it began (${String(code)}).`);
    });
    const [{ port, monitor }] = (await Promise.race([once(child, 'message'), gone])) as [
      { port: number; monitor: number },
    ];
    gone.catch(() => {});
    return new WireServer(child, new WireTarget(provider, port, monitor));
  }

  /** How the process has ended by itself; undefined while it runs. */
  get end(): string | undefined {
    const { exitCode, signalCode } = this.#child;
    return signalCode ?? (exitCode === null ? undefined : `exit code ${exitCode}`);
  }

  stop(): void {
    this.target.close();
    this.#child.kill('SIGKILL');
  }
}
