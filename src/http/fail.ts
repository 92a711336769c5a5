import { isRefusal, logSafely, reasonOf, type LogFields, type RefusalError } from '../foundation/index.js';
import type { ErrorFormat, FailedCall, FormattedError } from './error-format.js';
import { problemFormat } from './error-format.js';
import type { HttpContext } from './http-context.js';
import { HttpError, isHttpError } from './http-error.js';
import { InternalServerError } from './http-errors-by-status.js';
import { nodeHttp } from './node-http.js';
import { answerOfRefusal } from './refusal-answer.js';

/**
 * Answers with an error. Whatever is not an HttpError becomes a 500 that tells the client nothing and is logged with its
 * stack. Where an answer has already gone out the error is logged only, and an answer that was begun natively is broken
 * off. Never throws: where not even an error can be answered, the connection is cut.
 */
export function fail(ctx: HttpContext, given: unknown): void {
  const thrown = readable(given);
  try {
    answerError(ctx, thrown);
  } catch (reason) {
    logFailure(ctx, 'An error could not be answered', reason);
    answerPlainly(ctx);
  }
}

function answerError(ctx: HttpContext, thrown: unknown): void {
  if (ctx.abandoned && isOfLeaving(thrown)) {
    ctx.services.log.debug('The client left before its answer; the handler stopped', describe(ctx, thrown));
    return;
  }
  const told = endOf(ctx, thrown);
  if (told !== undefined) {
    ctx.services.log.debug('The handler was told that its time is over, and stopped', describe(ctx, thrown));
    if (ctx.answered) ctx.cutIfUnfinished();
    else sendError(ctx, told);
    return;
  }
  if (thrown !== undefined && thrown === ctx.late && ctx.answered) {
    ctx.services.log.debug('Nobody waits for the call any longer, and what had not begun did not', ctx.describe());
    ctx.cutIfUnfinished();
    return;
  }
  if (ctx.answered && isOfDeadline(ctx, thrown)) {
    ctx.services.log.debug('The deadline of the call has passed, and its handler stopped', describe(ctx, thrown));
    ctx.cutIfUnfinished();
    return;
  }
  if (ctx.answered) {
    logFailure(ctx, 'An error came after the answer had been sent; the client did not see it', thrown);
    ctx.cutIfUnfinished();
    return;
  }
  const error = toHttpError(thrown);
  if (isRefusal(thrown)) tellRefusal(ctx, error.status, thrown);
  else if (error.status >= 500) logFailure(ctx, `${ctx.method} ${ctx.path} failed with ${error.status}`, thrown);
  sendError(ctx, error);
}

/** Under load there are many of them, and nothing has broken: a line says enough. */
function tellRefusal(ctx: HttpContext, status: number, { code, message }: RefusalError): void {
  const fields = { id: ctx.id, code, reason: message };
  logSafely(ctx.services.log, 'warn', `${ctx.method} ${ctx.path} was refused with ${status}`, fields);
}

/** Answers with an error that is nobody's mistake, and says nothing of it. */
export function refuse(ctx: HttpContext, error: HttpError): void {
  try {
    sendError(ctx, error);
  } catch {
    answerPlainly(ctx);
  }
}

/** Takes back what described a body that is not sent now. That nothing may be stored is said of the error as well. */
export function forgetBody(ctx: HttpContext): void {
  const { outgoing } = ctx;
  if (outgoing === undefined) return;
  const isSecret = /\bno-store\b/i.test(String(outgoing['cache-control']));
  for (const name of bodyHeaders) if (outgoing[name] !== undefined) delete outgoing[name];
  if (isSecret) outgoing['cache-control'] = 'no-store';
}

function sendError(ctx: HttpContext, error: HttpError): void {
  forgetBody(ctx);
  const formatted = formatSafely(ctx.services.errorFormat, withPlainDetails(ctx, error), callOf(ctx), (reason) => {
    logFailure(ctx, 'The bound ErrorFormat failed; the default one answered', reason);
  });
  for (const [name, value] of Object.entries(error.headers)) ctx.set(name, value);
  ctx.answer(error.status, formatted.contentType, formatted.body);
}

/** The same error for whoever formats it: what `@Exclude` hides of an instance among the details stays hidden. */
function withPlainDetails(ctx: HttpContext, error: HttpError): HttpError {
  const { details } = error;
  try {
    const plain = ctx.services.plainOf?.(details) ?? details;
    return plain === details ? error : (Object.create(error, { details: { value: plain } }) as HttpError);
  } catch (reason) {
    logFailure(ctx, 'The details of an error cannot be sent', reason);
    return Object.create(error, { details: { value: {} } }) as HttpError;
  }
}

/** The last resort, which nothing that was set or bound can keep from being sent. */
function answerPlainly(ctx: HttpContext): void {
  try {
    const { contentType, body } = problemFormat.format(new InternalServerError(), { server: ctx.services.server });
    if (!ctx.answered) ctx.answer(500, contentType, body);
    else ctx.cutIfUnfinished();
  } catch {
    ctx.cut();
  }
}

/** What described the body that is not sent now. */
const bodyHeaders = ['content-type', 'content-length', 'content-encoding', 'etag', 'last-modified', 'cache-control'];

/** A proxy may throw at every look, and nothing would be left to answer. */
function readable(thrown: unknown): unknown {
  try {
    if (!isHttpError(thrown)) void (thrown instanceof Error);
    return thrown;
  } catch {
    return new Error('Something was thrown that cannot be looked at.');
  }
}

export function toHttpError(thrown: unknown): HttpError {
  const isAnswer =
    isHttpError(thrown) && Number.isInteger(thrown.status) && thrown.status >= 400 && thrown.status <= 599;
  return isAnswer ? thrown : (answerOfRefusal(thrown) ?? new InternalServerError(undefined, { cause: thrown }));
}

/** The body of an error by `format`, or by the default one where that throws or gives what cannot be sent. */
export function formatSafely(
  format: ErrorFormat,
  error: HttpError,
  call: FailedCall,
  onFailure: (thrown: unknown) => void,
): FormattedError {
  try {
    const formatted = format.format(error, call);
    if (typeof formatted.body !== 'string')
      throw new TypeError('An ErrorFormat gives its body as a string, and at once.');
    nodeHttp.validateHeaderValue('content-type', formatted.contentType);
    return formatted;
  } catch (thrown) {
    onFailure(thrown);
    return problemFormat.format(new HttpError(error.status), call);
  }
}

function callOf(ctx: HttpContext): FailedCall {
  return { server: ctx.services.server, id: ctx.id, method: ctx.method, path: ctx.path };
}

/** What becomes of work that listens to `signal`, or reads from a client that has left: nobody's mistake. */
function isOfLeaving(thrown: unknown): boolean {
  if (isHttpError(thrown)) return thrown.status < 500;
  if (!(thrown instanceof Error)) return false;
  return thrown.name === 'AbortError' || goneCodes.includes((thrown as NodeJS.ErrnoException).code ?? '');
}

/** What the client is to know where a handler has only done as its signal said: its server stops, and has told it so. */
function endOf(ctx: HttpContext, thrown: unknown): HttpError | undefined {
  const mayBe = isHttpError(thrown) ? thrown.status === 503 : isOfLeaving(thrown);
  if (!mayBe || !ctx.signal.aborted) return undefined;
  const reason: unknown = ctx.signal.reason;
  if (!isHttpError(reason)) return undefined;
  return isHttpError(thrown) && thrown !== reason ? undefined : reason;
}

/** What becomes of work that does as the signal says, or its policies do, when the deadline of the call has passed. */
export function isOfDeadline({ deadline }: HttpContext, thrown: unknown): boolean {
  if (deadline?.expired !== true) return false;
  if (isRefusal(thrown)) return thrown.code === 'BOW_DEADLINE_EXCEEDED';
  return thrown instanceof Error && thrown.name === 'AbortError';
}

const goneCodes = ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'];

/** A logger that throws must not take the answer with it. */
export function logFailure(ctx: HttpContext, message: string, thrown: unknown): void {
  logSafely(ctx.services.log, 'error', message, describe(ctx, thrown));
}

function describe(ctx: HttpContext, thrown: unknown): LogFields {
  const error =
    thrown instanceof Error
      ? thrown
      : new Error(`A ${typeof thrown} was thrown in place of an error: ${reasonOf(thrown)}`);
  return { ...ctx.describe(), error };
}
