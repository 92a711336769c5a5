import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { pino, stdTimeFunctions, type DestinationStream, type Logger as PinoInstance } from 'pino';
import { Logger, type LogFields, type LogLevel } from '../foundation/index.js';

export const loggerLevels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];

/** How the default logger writes. */
export interface LoggerOptions {
  /** Lines below it are not written. @default 'info' */
  readonly level?: LogLevel | 'silent';
  /** `pretty` is for eyes, `json` for machines. @default 'pretty' on a terminal, else 'json' */
  readonly format?: 'json' | 'pretty';
}

/** Writes to standard output by pino. What is slow to load, the readable format, is loaded when it is used. */
export function createPinoLogger(options: LoggerOptions = {}): Logger {
  const format = options.format ?? (process.stdout.isTTY ? 'pretty' : 'json');
  const settings = {
    level: options.level ?? 'info',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  };
  if (format === 'json') return new PinoLogger(pino(settings));
  const serializers = { ...settings.serializers, report: toLines };
  return new PinoLogger(pino({ ...settings, serializers }, prettyStream()));
}

/** What says itself how it is shown to people, as the report of a stop does. */
function toLines(value: unknown): unknown {
  const isShown = typeof value === 'object' && value !== null && Object.hasOwn(value, inspect.custom);
  return isShown ? { lines: inspect(value).split('\n') } : value;
}

function prettyStream(): DestinationStream {
  // Required, not imported: a logger is made in the middle of synchronous code, and few processes need the package.
  const pretty = createRequire(import.meta.url)('pino-pretty') as (
    options: import('pino-pretty').PrettyOptions,
  ) => DestinationStream;
  return pretty({
    sync: true,
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss.l',
    errorLikeObjectKeys: ['error', 'err'],
    customPrettifiers: { report: printLines },
  });
}

function printLines(value: unknown): string {
  const { lines } = (value ?? {}) as { readonly lines?: unknown };
  if (!Array.isArray(lines)) return JSON.stringify(value, undefined, 2);
  // As of all that is printed here: what a terminal would obey, and an error may quote, is taken away.
  return lines.map((line) => String(line).replaceAll(/\p{Cc}/gu, ' ')).join('\n');
}

class PinoLogger extends Logger {
  readonly #pino: PinoInstance;

  constructor(instance: PinoInstance) {
    super();
    this.#pino = instance;
  }

  trace(message: string, fields: LogFields = {}): void {
    this.#pino.trace(fields, message);
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#pino.debug(fields, message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#pino.info(fields, message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#pino.warn(fields, message);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#pino.error(fields, message);
  }

  child(bindings: LogFields): Logger {
    return new PinoLogger(this.#pino.child(bindings));
  }
}
