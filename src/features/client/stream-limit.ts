import type { Readable } from 'node:stream';
import { callersDeadlinePassed, longestDelay, type Clock, type Deadline } from '../../foundation/index.js';

/** Until when the caller of a client waits for a body that is taken as a stream. */
export interface StreamLimit {
  readonly clock: Clock;
  /** By the clock's `elapsed()`; Infinity for no limit. */
  readonly endsAt: number;
  /** What the caller has given, which may pass before its time. */
  readonly deadline: Deadline | number | undefined;
  /** As the error calls it. */
  readonly client: string;
}

/** Breaks `body` off when its caller's time is over. Nothing is left of it once the body has closed. */
export function limitStream(body: Readable, { clock, endsAt, deadline, client }: StreamLimit): void {
  const left = endsAt - clock.elapsed();
  if (left <= longestDelay) {
    const timer = clock.schedule(() => void body.destroy(callersDeadlinePassed(client)), Math.max(0, left));
    body.once('close', () => timer.cancel());
  }
  if (typeof deadline !== 'object') return;
  const { signal } = deadline;
  const leave = (): void => {
    const { reason } = signal as { readonly reason: unknown };
    body.destroy(!deadline.expired && reason instanceof Error ? reason : callersDeadlinePassed(client));
  };
  if (signal.aborted) return leave();
  signal.addEventListener('abort', leave, { once: true });
  body.once('close', () => signal.removeEventListener('abort', leave));
}
