/** Checks a value and gives back what the handler gets. Throws, or rejects with, a BadRequestError that lists every failure. */
export type Validator = (value: unknown) => unknown;

/** The part of a request that a validator reads. */
export type ValidatedSource = 'body' | 'query' | 'param' | 'header' | 'cookie';

/** One failure, as a client reads it in the `errors` of a 400. */
export interface ValidationFailure {
  /** A JSON Pointer (RFC 6901) into the part of the request; empty for the whole. */
  readonly path: string;
  readonly in: ValidatedSource;
  /** The rule that failed: `isEmail`. */
  readonly code: string;
  readonly message: string;
}
