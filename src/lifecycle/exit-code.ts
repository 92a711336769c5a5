/** What the exit code of the process says of a stop. */
export const exitCodes = {
  /** Everything was finished. */
  clean: 0,
  /** An error that nobody caught, or a start that failed, ended the application. */
  error: 1,
  /** Requests were cut because their time was over. */
  cut: 20,
  /** A hook or a service failed or ran out of time, and no request was cut. */
  failed: 21,
  /** Somebody insisted: a second signal. */
  forced: 22,
} as const;
