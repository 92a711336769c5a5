import { errorSentence, type ErrorCode, type ErrorFacts } from './error-catalogue.js';

const brand = Symbol.for('bowline:error');

/** Any mistake that Bowline names: a stable `code` of docs/errors.md and a message that says what to do. */
export class BowlineError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name: string = 'BowlineError';
  readonly code: C;
  readonly #facts: ErrorFacts<C>;

  constructor(code: C, facts: ErrorFacts<C>, options?: ErrorOptions) {
    super(errorSentence(code, facts), options);
    this.code = code;
    this.#facts = facts;
  }

  /** What the message was made of. */
  get facts(): ErrorFacts<C> {
    return this.#facts;
  }

  /** Recognises an error of any loaded copy of this package. A getter, so that printing an error does not show it. */
  get [brand](): true {
    return true;
  }
}

/** True for errors of every loaded copy of this package, where `instanceof` knows only its own. */
export function isBowlineError(value: unknown): value is BowlineError {
  return typeof value === 'object' && value !== null && brand in value;
}

/** The text of whatever was thrown, also of what throws when it is looked at. */
export function reasonOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : String(thrown);
  } catch {
    return 'something without a text';
  }
}

/** The package that could not be imported because nobody has installed it; undefined where an import failed otherwise. */
export function missingPackageOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || (thrown as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  return /^Cannot find package '([^']+)'/.exec(thrown.message)?.[1];
}
