/** For what user code threw where nobody awaits it, and calls must not fail by it. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
