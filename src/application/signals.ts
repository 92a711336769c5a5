import { logSafely, type Clock, type Logger } from '../foundation/index.js';

const stopSignals = ['SIGTERM', 'SIGINT'] as const;

/** How long a stopped process may take to end by itself before what keeps it alive is named and it is ended. */
const lingerTimeout = 1_000;

/**
 * Stops on SIGTERM and SIGINT, then lets the process end with exit code 0. A second signal ends it at once with 1.
 * Returns a function that takes the listeners away.
 */
export function listenForSignals(stop: () => Promise<void>, log: Logger, clock: Clock): () => void {
  let received: NodeJS.Signals | undefined;
  const remove = (): void => {
    for (const signal of stopSignals) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (received !== undefined) {
      logSafely(log, 'error', `${signal} came while the stop after ${received} was under way; ending at once`);
      process.exit(1);
    }
    received = signal;
    logSafely(log, 'info', `${signal} received, stopping`);
    void stop().then(
      () => endProcess(log, clock),
      (error: unknown) => {
        logSafely(log, 'error', 'The application could not be stopped cleanly', { error });
        process.exitCode = 1;
        endProcess(log, clock);
      },
    );
  };
  for (const signal of stopSignals) process.on(signal, onSignal);
  return remove;
}

/** Nothing of ours keeps the process alive now. What the user left running is named, for a deploy must not hang on it. */
function endProcess(log: Logger, clock: Clock): void {
  clock.schedule(
    () => {
      // Another application of this process is still finishing what it has in flight, and ends the process after it.
      if (stopSignals.some((signal) => process.listenerCount(signal) > 0)) return;
      const handles = process.getActiveResourcesInfo().filter((name) => name !== 'TTYWrap' && name !== 'PipeWrap');
      logSafely(log, 'warn', `The application has stopped, but the process does not end by itself; ending it`, {
        handles,
      });
      process.exit();
    },
    lingerTimeout,
    { background: true },
  );
}
