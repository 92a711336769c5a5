import { errorSentence, type ErrorCode, type ErrorFacts } from './error-catalogue.js';

const brand = Symbol.for('bowline:error');

/** Any mistake that Bowline names: a stable `code` of docs/errors.md and a message that says what to do. */
export class BowlineError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name: string = 'BowlineError';
  readonly code: C;
  readonly facts: ErrorFacts<C>;
  /** Recognises an error of any loaded copy of this package. */
  readonly [brand] = true;

  constructor(code: C, facts: ErrorFacts<C>, options?: ErrorOptions) {
    super(errorSentence(code, facts), options);
    this.code = code;
    this.facts = facts;
  }
}

/** True for errors of every loaded copy of this package, where `instanceof` knows only its own. */
export function isBowlineError(value: unknown): value is BowlineError {
  return typeof value === 'object' && value !== null && brand in value;
}

/** The text of whatever was thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
