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
  const late = Promise.withResolvers<never>();
  const expire = (): void => {
    const waited = Math.round(clock.elapsed() - start);
    const reason: unknown = deadline.signal.reason;
    const error = isBowlineError(reason) ? reason : new BowlineError('BOW_OUT_OF_TIME', { name, timeout: waited });
    abort.abort(error);
    late.reject(error);
  };
  const timer = clock.schedule(expire, Math.min(timeout, deadline.remaining));
  deadline.signal.addEventListener('abort', expire, { once: true });
  late.promise.catch(() => undefined);
  try {
    await Promise.race([call(work, abort.signal), late.promise]);
    return { name, duration: clock.elapsed() - start };
  } catch (error) {
    // To throw nothing is to fail all the same, and nobody must take it for the contrary.
    return { name, duration: clock.elapsed() - start, error: error ?? new Error(`It threw ${String(error)}.`) };
  } finally {
    timer.cancel();
    deadline.signal.removeEventListener('abort', expire);
  }
}

/** What throws at once is a rejection like any other. */
async function call(work: (signal: AbortSignal) => unknown, signal: AbortSignal): Promise<void> {
  await work(signal);
}
