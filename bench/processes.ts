import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';

const running = new Set<ChildProcess>();

/** Starts a process that does not outlive this one, as long as `killProcesses` is called on the way out. */
export function startProcess(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, options);
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

/** Ends everything that was started and still runs. Synchronous, for the way out. */
export function killProcesses(): void {
  for (const child of running) child.kill('SIGKILL');
}
