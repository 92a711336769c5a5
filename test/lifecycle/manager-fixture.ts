import { VirtualClock } from 'bowline/testing';
import { LifecycleEventSource, type Logger } from '../../src/foundation/index.js';
import {
  divideGracePeriod,
  GracefulManager,
  type BudgetOptions,
  type ManagerParts,
} from '../../src/lifecycle/index.js';

export interface Fixture {
  readonly clock: VirtualClock;
  readonly manager: GracefulManager;
  readonly events: LifecycleEventSource;
  /** What was logged: level and message. */
  readonly lines: string[];
  /** What the test notes. */
  readonly notes: string[];
  note(text: string): void;
}

/** A manager on a clock of its own; its stops have a grace period of 10 s unless `budget` says otherwise. */
export function makeManager(budget: BudgetOptions = {}, parts: Partial<ManagerParts> = {}): Fixture {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const notes: string[] = [];
  const events = new LifecycleEventSource('test', (error) => lines.push(`listener threw ${String(error)}`));
  const manager = new GracefulManager({
    clock,
    log: listing(lines),
    events,
    budget: divideGracePeriod({ gracePeriod: 10_000, ...budget }, { environment: {}, isInteractive: true }),
    timeouts: { hook: 5_000, service: 5_000, start: 30_000 },
    ...parts,
  });
  return { clock, manager, events, lines, notes, note: (text) => notes.push(`${clock.elapsed()} ${text}`) };
}

export function listing(lines: string[]): Logger {
  const at =
    (level: string) =>
    (message: string): void =>
      void lines.push(`${level} ${message}`);
  const log: Logger = {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => log,
  };
  return log;
}
