import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const serverNames = ['main', 'partners', 'admin', 'management'] as const;

/** The service as a process of its own, with the URL of each of its servers. */
export interface RunningService {
  readonly urls: Readonly<Record<(typeof serverNames)[number], string>>;
  /** What it has printed so far. */
  output(): string;
  /** Sends SIGTERM, as platforms do, and resolves with the exit code; null where somebody killed it. */
  stop(): Promise<number | null>;
}

/** Starts it on free ports. Rejects with what it has printed where it ends before it listens. */
export async function startService(): Promise<RunningService> {
  const main = fileURLToPath(new URL('main.js', import.meta.url));
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Not before its output has ended.
  const ended = once(child, 'close') as Promise<[code: number | null]>;
  const output = collect(child);
  const urlOf = (server: string): string | undefined =>
    new RegExp(`'${server}' listens on (http://[\\d.:]+)`).exec(output())?.[1];
  while (serverNames.some((name) => urlOf(name) === undefined)) {
    const [code] = await Promise.race([once(child.stdout, 'data').then(() => []), ended]);
    if (code !== undefined) throw new Error(`The service ended with ${code} before it listened:\n${output()}`);
  }
  const urls = Object.fromEntries(serverNames.map((name) => [name, urlOf(name)])) as RunningService['urls'];
  let stopped: Promise<number | null> | undefined;
  const stop = async (): Promise<number | null> => {
    child.kill('SIGTERM');
    const [code] = await ended;
    return code;
  };
  return { urls, output, stop: () => (stopped ??= stop()) };
}

function collect({ stdout }: ChildProcess): () => string {
  let output = '';
  stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  return () => output;
}
