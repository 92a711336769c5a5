/** Why a stop was begun. */
export type StopReason =
  /** The process was told to. */
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  /** Somebody called `close` or `gracefulStop`, or aborted the signal that `listen` was given. */
  | { readonly kind: 'api' }
  /** Nobody caught an error, or the start failed. */
  | { readonly kind: 'error'; readonly error: unknown }
  /** The process that started this one, such as npm, is gone. */
  | { readonly kind: 'parent' };

/** As a log line names it: `SIGTERM`, `api`, `error`, `parent`. */
export function describeReason(reason: StopReason): string {
  return reason.kind === 'signal' ? reason.signal : reason.kind;
}
