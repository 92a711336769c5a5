import { isThenable, nestedOption, type OptionRule } from '../foundation/index.js';
import { nameOfFunction } from './describe-options.js';
import { eitherOption, functionOption } from './policy-options.js';
import { warn } from './warn.js';

/**
 * Which errors, and which results. A function that throws, or gives a promise, says no, and that becomes a warning of the
 * process.
 */
export interface OutcomeFilters {
  /** Refusals are asked of by a fallback only, and by a retry with `retryRefusals`. @default every error but an abort */
  readonly error?: (error: unknown) => boolean;
  /** @default no result */
  readonly result?: (result: unknown) => boolean;
}

/** A function alone is about errors. */
export type OutcomeFilter = ((error: unknown) => boolean) | OutcomeFilters;

export interface ResolvedOutcomeFilter {
  readonly error: (error: unknown) => boolean;
  readonly result: ((result: unknown) => boolean) | undefined;
  readonly described: { readonly error: string; readonly result: string };
}

export const outcomeFilterOption: OptionRule = eitherOption(
  functionOption,
  nestedOption({ error: functionOption, result: functionOption }),
);

export function resolveOutcomeFilter(
  filter: OutcomeFilter | undefined,
  ofErrors: (error: unknown) => boolean,
): ResolvedOutcomeFilter {
  const { error, result }: OutcomeFilters = typeof filter === 'function' ? { error: filter } : (filter ?? {});
  return {
    error: guarded(error ?? ofErrors),
    result: result === undefined ? undefined : guarded(result),
    described: {
      error: error === undefined ? 'the default' : nameOfFunction(error),
      result: result === undefined ? 'none' : nameOfFunction(result),
    },
  };
}

/** What a call gives must reach its caller, whatever a filter makes of it. */
function guarded(accepts: (outcome: unknown) => boolean): (outcome: unknown) => boolean {
  return (outcome) => {
    try {
      const accepted: unknown = accepts(outcome);
      return isThenable(accepted) ? refuse(accepted) : Boolean(accepted);
    } catch (error) {
      warn(error);
      return false;
    }
  };
}

/** Every promise would be a yes, whatever it says later. */
function refuse(accepted: PromiseLike<unknown>): false {
  void Promise.resolve(accepted).catch(() => undefined);
  warn(
    new TypeError(
      'A filter of errors or results gave a promise, which counts as no. It has to say true or false at once.',
    ),
  );
  return false;
}

/** Every error but that of who did not want the result any longer. */
export function isNoAbort(error: unknown): boolean {
  return !(error instanceof Error && error.name === 'AbortError');
}
