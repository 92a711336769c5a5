import { readFileSync } from 'node:fs';
import { logSafely, SystemClock, type Logger, type Timer } from '../foundation/index.js';

/** How often the parent is looked for. Milliseconds. */
const lookInterval = 500;

/** The package manager that has started this process, as far as it says so. */
function packageManager(): string | undefined {
  const agent = process.env['npm_config_user_agent'];
  return process.env['npm_lifecycle_event'] === undefined ? undefined : (agent?.split('/', 1)[0] ?? 'npm');
}

/**
 * Warns where a shell stands between a package manager and this process: the manager hands a signal to the shell, and the
 * shell to nobody. Where the system does not tell, nothing is said.
 */
export function warnOfShell(log: Logger): void {
  const manager = packageManager();
  if (manager === undefined || process.stdout.isTTY || !isShell(process.ppid)) return;
  const script = process.env['npm_lifecycle_event'] ?? 'start';
  logSafely(
    log,
    'warn',
    `${manager} runs this process through a shell, which does not hand signals on: begin the script '${script}' in package.json with "exec", or start node itself`,
  );
}

/**
 * Calls `gone` once the process that has started this one is gone, where that is a package manager: its end is all that is
 * left of a signal which was not handed on. Returns a function that looks no longer.
 */
export function whenParentIsGone(gone: () => void): () => void {
  if (packageManager() === undefined) return () => undefined;
  const parent = process.ppid;
  const clock = new SystemClock();
  let timer: Timer;
  const look = (): void => {
    if (process.ppid === parent) timer = clock.schedule(look, lookInterval, { background: true });
    else gone();
  };
  timer = clock.schedule(look, lookInterval, { background: true });
  return () => timer.cancel();
}

function isShell(pid: number): boolean {
  try {
    return /^(?:ba|da|a|z|k)?sh$/.test(readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
  } catch {
    return false;
  }
}
