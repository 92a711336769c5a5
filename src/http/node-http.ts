/**
 * Node's HTTP module. Importing it as an ES module reads every export of it, and one of those loads the whole of undici:
 * 50 ms of CPU at every start, against 6 ms in this way.
 */
export const nodeHttp: typeof import('node:http') = process.getBuiltinModule('node:http');

/** Node's HTTPS module, which is loaded when a server has a certificate. */
export function nodeHttps(): typeof import('node:https') {
  return process.getBuiltinModule('node:https');
}
