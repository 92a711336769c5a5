import { isThenable } from '../foundation/index.js';
import { logFailure, type HttpContext } from '../http/index.js';
import { failuresOf, pointerSteps, retold, type MessageSource, type ValidationFailure } from '../validation/index.js';
import type { ArgumentReader } from './run-stages.js';

/** Lets a source of messages say what a value was refused for. */
export function toldBy(messages: MessageSource, read: ArgumentReader): ArgumentReader {
  const refuse = (error: unknown, ctx: HttpContext): never => {
    const failures = failuresOf(error);
    if (failures === undefined) throw error;
    throw retold(error, { errors: tellAll(failures, ctx, messages) });
  };
  return (ctx, scope, body) => {
    try {
      const value = read(ctx, scope, body);
      if (!isThenable(value)) return value;
      return Promise.resolve(value).catch((error: unknown) => refuse(error, ctx));
    } catch (error) {
      return refuse(error, ctx);
    }
  };
}

function tellAll(
  failures: readonly ValidationFailure[],
  ctx: HttpContext,
  messages: MessageSource,
): readonly ValidationFailure[] {
  let failed = false;
  return failures.map((failure) => {
    try {
      return tell(failure, ctx, messages);
    } catch (error) {
      // Once for an answer: a client says how many failures it has.
      if (!failed) logFailure(ctx, 'The bound MessageSource failed; the default message was sent', error);
      failed = true;
      return failure;
    }
  });
}

function tell(failure: ValidationFailure, ctx: HttpContext, messages: MessageSource): ValidationFailure {
  const property = pointerSteps(failure.path).findLast((step) => !/^\d+$/.test(step)) ?? '';
  const message: unknown = messages.messageOf({ ...failure, property }, ctx);
  if (message === undefined) return failure;
  if (typeof message === 'string') return { ...failure, message };
  // Nobody waits for it, and a rejection that nobody handles ends the process.
  if (isThenable(message)) message.then(undefined, () => undefined);
  throw new TypeError('A MessageSource gives a string, at once, or undefined.');
}
