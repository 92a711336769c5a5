import { nestedOption, type OptionRule } from '../foundation/index.js';
import { eitherOption, functionOption } from './policy-options.js';

/** Which errors, and which results. */
export interface OutcomeFilters {
  /** @default every error that is neither a refusal nor an abort */
  readonly error?: (error: unknown) => boolean;
  /** @default no result */
  readonly result?: (result: unknown) => boolean;
}

/** A function alone is about errors. */
export type OutcomeFilter = ((error: unknown) => boolean) | OutcomeFilters;

export interface ResolvedOutcomeFilter {
  readonly error: (error: unknown) => boolean;
  readonly result: ((result: unknown) => boolean) | undefined;
}

export const outcomeFilterOption: OptionRule = eitherOption(
  functionOption,
  nestedOption({ error: functionOption, result: functionOption }),
);

export function resolveOutcomeFilter(
  filter: OutcomeFilter | undefined,
  ofErrors: (error: unknown) => boolean,
): ResolvedOutcomeFilter {
  if (typeof filter === 'function') return { error: filter, result: undefined };
  return { error: filter?.error ?? ofErrors, result: filter?.result };
}

/** Every error but that of who did not want the result any longer. */
export function isNoAbort(error: unknown): boolean {
  return !(error instanceof Error && error.name === 'AbortError');
}
