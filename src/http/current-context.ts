import { BowlineError, currentOrigin, metadataKey, type MetadataKey } from '../foundation/index.js';
import { HttpContext } from './http-context.js';

/**
 * The context of the request that the calling code works for, wherever it was called from. It is kept on the routes whose
 * controller reaches something that reads it, which is {@link CurrentRequest}, an HTTP client, a `toDynamicValue` or a factory; elsewhere,
 * and outside of requests, this throws BOW_NO_CURRENT_CONTEXT.
 */
export function currentContext(): HttpContext {
  const call = currentOrigin();
  if (call instanceof HttpContext) return call;
  throw new BowlineError('BOW_NO_CURRENT_CONTEXT', { call: 'currentContext()' });
}

/** Stands on a class whose methods read the current call, so that routes which reach it keep their context. */
export const readsCurrentCallKey: MetadataKey<true> = metadataKey('reads-current-call');

/** How a singleton reaches the request that it works for. Inject it; that makes the routes above keep their context. */
export abstract class CurrentRequest {
  /** Throws BOW_NO_CURRENT_CONTEXT outside of a request. */
  abstract readonly context: HttpContext;
}

/** The one that is bound by default. */
export const ambientRequest: CurrentRequest = {
  get context() {
    return currentContext();
  },
};
