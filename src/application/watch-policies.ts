import {
  BootError,
  BootReport,
  describeValue,
  isThenable,
  logSafely,
  reasonOf,
  type Logger,
} from '../foundation/index.js';
import type { PipelineDefinitions, PolicySource } from '../resilience/index.js';

/**
 * Hands on what a source says while the application runs, and returns what ends that. What is wrong is logged and changes
 * nothing. Throws a BootError where it cannot be watched.
 */
export function watchPolicies(
  source: PolicySource,
  take: (definitions: PipelineDefinitions) => void,
  log: Logger,
): () => void {
  if (source.watch === undefined) return () => {};
  let isOver = false;
  const changed = (definitions: PipelineDefinitions): void => {
    if (isOver) return;
    try {
      take(definitions);
    } catch (error) {
      logSafely(log, 'error', 'What the PolicySource says is wrong, and nothing of it was taken over', { error });
    }
  };
  const end = begin(source, changed);
  return () => {
    isOver = true;
    void finish(end, (error) => logSafely(log, 'error', 'The watch of the PolicySource could not be ended', { error }));
  };
}

/** Begins the watch, and returns the source's own function that ends it. */
function begin(source: PolicySource, changed: (definitions: PipelineDefinitions) => void): () => unknown {
  let given: unknown;
  try {
    given = source.watch?.(changed);
  } catch (error) {
    throw unwatched(`its watch() threw: ${reasonOf(error)}`, error);
  }
  if (typeof given === 'function') return given as () => unknown;
  if (!isThenable(given)) throw unwatched(`its watch() returned ${describeValue(given)} and not a function`);
  void endLate(given);
  throw unwatched('its watch() returned a promise');
}

function unwatched(reason: string, cause?: unknown): BootError {
  const report = new BootReport();
  report.add('BOW_POLICY_SOURCE_UNWATCHED', { reason }, cause);
  return new BootError(report.problems);
}

/** The application does not start; what was begun all the same would keep the process alive. */
async function endLate(given: PromiseLike<unknown>): Promise<void> {
  try {
    const end = await given;
    if (typeof end === 'function') await finish(end as () => unknown, () => {});
  } catch {
    // That it was a promise is what was wrong, and is told already.
  }
}

async function finish(end: () => unknown, onError: (error: unknown) => void): Promise<void> {
  try {
    await end();
  } catch (error) {
    onError(error);
  }
}
