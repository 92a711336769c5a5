/** What one check has found: `degraded` works, worse than it should, and counts as well enough to be ready. */
export type HealthState = 'up' | 'degraded' | 'down';

/**
 * Which probe a check decides.
 *
 * - `ready`: whether new clients should be sent here. What the application depends on belongs there.
 * - `live`: whether a restart would help. Never a dependency: all instances would be restarted when it fails.
 * - `startup`: whether the start is over; it is asked until it has been well once.
 */
export type HealthGroup = 'live' | 'ready' | 'startup';

/** A state with what there is to say about it. */
export interface HealthFinding {
  readonly state: HealthState;
  /** For people; only the guarded `/health` shows it. */
  readonly reason?: string;
}

/** What a check returns: a state alone or with a reason. Nothing is `up`. */
export type HealthResult = HealthState | HealthFinding | void;

/**
 * One named check. It is asked when somebody probes, within a time of its own and at once with all others; what it said is
 * kept for a moment, and while it runs nobody starts it again. What it throws, and running out of time, is `down`.
 *
 * ```ts
 * @Injectable()
 * class DatabaseCheck extends HealthIndicator {
 *   constructor(private readonly database: Database) { super(); }
 *   async check(signal: AbortSignal) { await this.database.query('select 1', { signal }); }
 * }
 *
 * bind(HealthIndicator).to(DatabaseCheck);
 * ```
 */
export abstract class HealthIndicator {
  /** As probes and logs call it; each check has another. @default the name of the class */
  readonly name?: string;
  /** @default ['ready'] */
  readonly groups?: readonly HealthGroup[];
  /** How long it may take. Milliseconds. @default 1_000 */
  readonly timeout?: number;
  /** How long what it said stands for later probes. Milliseconds. 0 asks for each. @default 1_000 */
  readonly cacheDuration?: number;

  /** `signal` aborts when nobody waits for it any longer: its time is over, or services are being closed. */
  abstract check(signal: AbortSignal): HealthResult | Promise<HealthResult>;
}
