import { BowlineError, isBowlineError, isThenable, type Clock, type Deadline } from '../foundation/index.js';

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
  limits: TimeLimits,
  work: (signal: AbortSignal) => unknown,
): Promise<RunReport> {
  const { clock } = limits;
  const start = clock.elapsed();
  const abort = new AbortController();
  try {
    const working = work(abort.signal);
    // Most of what a start makes is there at once: with a timer for each, and a listener, a thousand singletons took 20 ms.
    if (isThenable(working) || limits.deadline.signal.aborted) await inTime({ name, start, abort, working }, limits);
    return { name, duration: clock.elapsed() - start };
  } catch (error) {
    // To throw nothing is to fail all the same, and nobody must take it for the contrary.
    return { name, duration: clock.elapsed() - start, error: error ?? new Error(`It threw ${String(error)}.`) };
  }
}

interface Run {
  readonly name: string;
  readonly start: number;
  readonly abort: AbortController;
  readonly working: unknown;
}

/** Waits for what has begun. Rejects where it does, and when its time is over. */
async function inTime({ name, start, abort, working }: Run, { clock, timeout, deadline }: TimeLimits): Promise<void> {
  const late = Promise.withResolvers<never>();
  const expire = (): void => {
    const waited = Math.round(clock.elapsed() - start);
    const reason: unknown = deadline.signal.reason;
    const error = isBowlineError(reason) ? reason : new BowlineError('BOW_OUT_OF_TIME', { name, timeout: waited });
    abort.abort(error);
    late.reject(error);
  };
  // It has taken some already, before it gave back a promise.
  const left = timeout - (clock.elapsed() - start);
  const timer = clock.schedule(expire, Math.max(0, Math.min(left, deadline.remaining)));
  deadline.signal.addEventListener('abort', expire, { once: true });
  if (deadline.signal.aborted) expire();
  late.promise.catch(() => undefined);
  try {
    await Promise.race([late.promise, working]);
  } finally {
    timer.cancel();
    deadline.signal.removeEventListener('abort', expire);
  }
}
