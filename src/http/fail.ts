import { reasonOf, type LogFields } from '../foundation/index.js';
import type { ErrorFormat, FailedCall, FormattedError } from './error-format.js';
import { problemFormat } from './error-format.js';
import type { HttpContext } from './http-context.js';
import { isHttpError, type HttpError } from './http-error.js';
import { InternalServerError } from './http-errors-by-status.js';

/**
 * Answers with an error. Whatever is not an HttpError becomes a 500 that tells the client nothing and is logged with its
 * stack. Where an answer has already gone out the error is logged only. Never throws.
 */
export function fail(ctx: HttpContext, given: unknown): void {
  const thrown = readable(given);
  if (ctx.abandoned && isAbort(thrown)) {
    ctx.services.log.debug('The client left before its answer; the handler stopped', describe(ctx, thrown));
    return;
  }
  const error = toHttpError(thrown);
  if (ctx.answered) {
    logFailure(ctx, 'An error came after the answer had been sent; the client did not see it', thrown);
    return;
  }
  if (error.status >= 500) logFailure(ctx, `${ctx.method} ${ctx.path} failed with ${error.status}`, thrown);
  for (const name of bodyHeaders) delete ctx.outgoing?.[name];
  try {
    for (const [name, value] of Object.entries(error.headers)) ctx.set(name, value);
  } catch (reason) {
    fail(ctx, reason);
    return;
  }
  const formatted = formatSafely(ctx.services.errorFormat, error, callOf(ctx), (reason) => {
    logFailure(ctx, 'The bound ErrorFormat threw; the default one answered', reason);
  });
  ctx.answer(error.status, formatted.contentType, formatted.body);
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
  return isHttpError(thrown) ? thrown : new InternalServerError(undefined, { cause: thrown });
}

/** The body of an error by `format`, or by the default one where that throws. */
export function formatSafely(
  format: ErrorFormat,
  error: HttpError,
  call: FailedCall,
  onFailure: (thrown: unknown) => void,
): FormattedError {
  try {
    return format.format(error, call);
  } catch (thrown) {
    onFailure(thrown);
    return problemFormat.format(new InternalServerError(), call);
  }
}

function callOf(ctx: HttpContext): FailedCall {
  return { server: ctx.services.server, id: ctx.id, method: ctx.method, path: ctx.path };
}

/** What `signal` makes of work that listens to it: nobody's mistake. */
function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}

function logFailure(ctx: HttpContext, message: string, thrown: unknown): void {
  ctx.services.log.error(message, describe(ctx, thrown));
}

function describe(ctx: HttpContext, thrown: unknown): LogFields {
  const { route } = ctx;
  return {
    method: ctx.method,
    route: route === undefined ? undefined : route.path,
    handler: route === undefined ? undefined : `${route.controller}.${route.handler}`,
    id: ctx.id,
    error:
      thrown instanceof Error
        ? thrown
        : new Error(`A ${typeof thrown} was thrown in place of an error: ${reasonOf(thrown)}`),
  };
}
