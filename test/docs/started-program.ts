import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where the program lies, searched for on PATH and then in `folders`; undefined where it is not installed. */
export function findProgram(name: string, folders: readonly string[] = []): string | undefined {
  return [...(process.env['PATH'] ?? '').split(delimiter), ...folders]
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Runs a program to its end. Rejects with what it printed where it fails. */
export async function runProgram(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<void> {
  const { child, output } = spawned(command, args, options);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output()}`);
}

/** A server that runs until it is stopped. */
export interface StartedProgram {
  /** Ends it and waits until it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a server and waits until it prints that it is `ready`. Rejects with what it printed where it ends before that. */
export async function startProgram(
  command: string,
  args: readonly string[],
  ready: string,
  options: SpawnOptions = {},
): Promise<StartedProgram> {
  const { child, output } = spawned(command, args, options);
  const closed = once(child, 'close');
  const endWithProcess = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithProcess);
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', () => {
        if (output().includes(ready)) resolve();
      });
    closed.then(() => reject(new Error(`${command} ended before it was ready:\n${output()}`)), reject);
  });
  return {
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await closed;
      process.off('exit', endWithProcess);
    },
  };
}

function spawned(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): { readonly child: ChildProcess; output(): string } {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  return { child, output: () => printed };
}
