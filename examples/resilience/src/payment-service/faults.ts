import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceUnavailableError } from 'bowline';

/** What may be wrong with the payment service, and what that looks like to its callers. */
export const faultKinds = {
  none: 'Answers at once',
  slow: 'Slow: answers after 600 ms',
  flaky: 'Flaky: every fifth request is a 500',
  failing: 'Failing: every request is a 500',
  hanging: 'Hanging: never answers',
  resetting: 'Resetting: breaks the connection off',
  busy: 'Busy: 503, and asks to come back in a second',
} as const;

export type FaultKind = keyof typeof faultKinds;

/** How long an answer takes that is slow. Milliseconds. */
const latency = 600;

/** What is wrong with the payment service at the moment; may be set at any time, and holds for requests that come then. */
export class Faults {
  kind: FaultKind = 'none';
  #requests = 0;

  /** Does to a request what is wrong. `signal` aborts when nobody waits for its answer any longer; `cut` breaks it off. */
  async suffer(signal: AbortSignal, cut: () => void): Promise<void> {
    switch (this.kind) {
      case 'none':
        return;
      case 'slow':
        return sleep(latency, undefined, { signal });
      case 'flaky':
        if (++this.#requests % 5 === 0) throw new Error('The database of the payment service is away for a moment.');
        return;
      case 'failing':
        throw new Error('The database of the payment service is away.');
      case 'hanging':
        // The longest that a timer can be: what ends it is the signal.
        return sleep(2 ** 31 - 1, undefined, { signal });
      case 'resetting':
        cut();
        throw new Error('The connection was broken off.');
      case 'busy':
        throw new ServiceUnavailableError('Come back later.', { headers: { 'retry-after': '1' } });
    }
  }
}
