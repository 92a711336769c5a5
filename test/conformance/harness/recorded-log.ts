import { Logger, type LogFields, type LogLevel } from 'bowline';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps warnings and errors until a test takes them. One that no test took fails the test in which it came. */
export class RecordedLog extends Logger {
  #lines: LogLine[] = [];
  #waiting: ((line: LogLine) => void) | undefined;

  /** The next warning or error, now or when it comes. */
  next(): Promise<LogLine> {
    const line = this.#lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** All that nobody has taken. */
  rest(): readonly LogLine[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  trace(): void {}
  debug(): void {}
  info(): void {}

  warn(message: string, fields: LogFields = {}): void {
    this.#add({ level: 'warn', message, fields });
  }

  error(message: string, fields: LogFields = {}): void {
    this.#add({ level: 'error', message, fields });
  }

  child(): Logger {
    return this;
  }

  #add(line: LogLine): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#lines.push(line);
    else waiting(line);
  }
}
