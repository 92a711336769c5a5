import type { HttpContext } from '../http/index.js';
import type { ValidationFailure } from './validator.js';

/** A failure of which the message is to be said. */
export interface FailureToTell extends ValidationFailure {
  /** The last step of its path that is no index: `sku` for `/lines/0/sku`. Empty where the whole is meant. */
  readonly property: string;
}

/**
 * Says the messages of what a request was refused for: those of rules, of schemas, of conversions and of files. Bind one to translate
 * them; unless it is bound nothing is asked. `code` and `params` say what failed, `message` is what would be said without it.
 *
 * ```ts
 * bind(MessageSource).to(GermanMessages);
 * ```
 */
export abstract class MessageSource {
  /** The message, at once; undefined leaves it as it is. What it throws is logged, and leaves it as it is. */
  abstract messageOf(failure: FailureToTell, ctx: HttpContext): string | undefined;
}
