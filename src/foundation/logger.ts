import { reasonOf } from './errors.js';

/** Named values of one log line. An `error` member is written with its stack. */
export type LogFields = Readonly<Record<string, unknown>>;

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/**
 * Where the framework and the application write their log lines. Bind another implementation to replace the default;
 * no method may throw.
 */
export abstract class Logger {
  abstract trace(message: string, fields?: LogFields): void;
  abstract debug(message: string, fields?: LogFields): void;
  abstract info(message: string, fields?: LogFields): void;
  abstract warn(message: string, fields?: LogFields): void;
  abstract error(message: string, fields?: LogFields): void;
  /** A logger whose every line carries `bindings` too. */
  abstract child(bindings: LogFields): Logger;
}

/** Writes a line by a logger that may throw all the same: what it tells of must go on. */
export function logSafely(log: Logger, level: LogLevel, message: string, fields?: LogFields): void {
  try {
    log[level](message, fields);
  } catch (reason) {
    process.emitWarning(`The bound Logger threw (${reasonOf(reason)}) at: ${message}`);
  }
}
