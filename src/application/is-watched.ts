/** Whether a person looks at what the application says: on a terminal, or under `node --watch`. */
export function isWatched(): boolean {
  return process.stdout.isTTY || process.env['WATCH_REPORT_DEPENDENCIES'] === '1';
}

/** Whether somebody is at work on the application: watched, and not told that this is production. */
export function isDevelopment(): boolean {
  return isWatched() && process.env['NODE_ENV'] !== 'production';
}
