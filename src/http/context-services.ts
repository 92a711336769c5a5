import type { Clock, Logger } from '../foundation/index.js';
import type { ErrorFormat } from './error-format.js';
import type { ResolvedLimits } from './server-options.js';

/** What every context of one server shares. */
export interface ContextServices {
  readonly server: string;
  readonly limits: ResolvedLimits;
  readonly errorFormat: ErrorFormat;
  readonly log: Logger;
  readonly clock: Clock;
  /** A new identifier for a request. */
  readonly generateId: () => string;
}
