import type { HttpContext } from '../http/index.js';

/**
 * Checks a value and gives back what the handler gets. Throws, or rejects with, a 400 or 422 that lists every failure. The context is
 * for the log.
 */
export type Validator = (value: unknown, ctx?: HttpContext) => unknown;

/** The part of a request that a validator reads. */
export type ValidatedSource = 'body' | 'query' | 'param' | 'header' | 'cookie';

/** One failure, as a client reads it in the `errors` of a 400 or 422. */
export interface ValidationFailure {
  /** A JSON Pointer (RFC 6901) into the part of the request; empty for the whole. */
  readonly path: string;
  readonly in: ValidatedSource | 'file' | 'custom';
  /** The rule that failed: `minLength`; `type` for what could not be converted, `schema` for what a schema says. */
  readonly code: string;
  /** What the rule was told: `[3]`. Left out where that is nothing that JSON has a form for, and of schemas. */
  readonly params?: readonly unknown[];
  readonly message: string;
}
