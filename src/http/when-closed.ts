import type { ServerResponse } from 'node:http';

const kListeners = Symbol('close listeners');

interface ListenedResponse extends ServerResponse {
  [kListeners]?: (() => void) | (() => void)[];
}

/**
 * Calls `listener` once the exchange is over. The server of the response has one listener of its own there, which all share: to add another one for each
 * request would cost more than nearly all that is done there.
 */
export function whenClosed(response: ServerResponse, listener: () => void): void {
  const listened = response as ListenedResponse;
  const before = listened[kListeners];
  if (before === undefined) listened[kListeners] = listener;
  else listened[kListeners] = [before, listener].flat();
}

/** Tells all who wait for it. Called once, by the server. */
export function tellClosed(response: ServerResponse): void {
  const listeners = (response as ListenedResponse)[kListeners];
  if (listeners === undefined) return;
  if (typeof listeners === 'function') listeners();
  else for (const listener of listeners) listener();
}
