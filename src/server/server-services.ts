import type { Clock, LifecycleEventSource, Logger } from '../foundation/index.js';
import type { ErrorFormat } from '../http/index.js';

/** What a server takes from its application. */
export interface HttpServerServices {
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: LifecycleEventSource;
  /** Shapes the answers to what no request can be made of. */
  readonly errorFormat: ErrorFormat;
  /** How long one hook may take. Milliseconds. */
  readonly hookTimeout: number;
}
