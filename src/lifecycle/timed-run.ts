import { BowlineError, isBowlineError, type Clock, type Deadline } from '../foundation/index.js';

/** What became of one hook, service or check. */
export interface RunReport {
  readonly name: string;
  /** Which step of a hosted service it was, where it was not its stop. */
  readonly step?: string;
  /** Milliseconds. */
  readonly duration: number;
  /** What it threw, or that it ran out of time. */
  readonly error?: unknown;
}

/** How long something may take: `timeout` milliseconds, and not beyond `deadline`. */
export interface TimeLimits {
  readonly clock: Clock;
  readonly timeout: number;
  readonly deadline: Deadline;
}

/**
 * Runs `work` and waits for it within its limits. Never rejects. What ran out of time is left to itself, its signal aborted
 * and its late failure ignored, since it has been recorded.
 */
export async function runTimed(
  name: string,
  { clock, timeout, deadline }: TimeLimits,
  work: (signal: AbortSignal) => unknown,
): Promise<RunReport> {
  const start = clock.elapsed();
  const abort = new AbortController();
  const given = Math.min(timeout, deadline.remaining);
  let timer: { cancel(): void } | undefined;
  let onDeadline: (() => void) | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const expire = (): void => {
      const waited = Math.round(clock.elapsed() - start);
      const given: unknown = deadline.signal.reason;
      const error = isBowlineError(given) ? given : new BowlineError('BOW_OUT_OF_TIME', { name, timeout: waited });
      abort.abort(error);
      reject(error);
    };
    timer = clock.schedule(expire, given);
    onDeadline = expire;
    deadline.signal.addEventListener('abort', expire, { once: true });
  });
  late.catch(() => undefined);
  try {
    await Promise.race([call(work, abort.signal), late]);
    return { name, duration: clock.elapsed() - start };
  } catch (error) {
    return { name, duration: clock.elapsed() - start, error };
  } finally {
    timer?.cancel();
    if (onDeadline !== undefined) deadline.signal.removeEventListener('abort', onDeadline);
  }
}

/** What throws at once is a rejection like any other. */
async function call(work: (signal: AbortSignal) => unknown, signal: AbortSignal): Promise<void> {
  await work(signal);
}
