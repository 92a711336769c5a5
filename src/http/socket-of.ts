import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The connection of an exchange. Node takes it from a request whose stream is broken off, by the end of a loop over it or by
 * `pipeline`, and from a response that is over.
 */
export function socketOf(request: IncomingMessage, response: ServerResponse): Socket | undefined {
  return (request.socket as Socket | null) ?? response.socket ?? undefined;
}

/** Breaks the connection off, so that the client does not take what it got for a whole answer. */
export function cutOff(response: ServerResponse): void {
  const socket = response.socket as Partial<Socket> | null;
  // The end of the connection is the end of the body in HTTP/1.0: only a reset tells that it was no proper one.
  if (response.req.httpVersionMinor === 0 && response.headersSent) socket?.resetAndDestroy?.();
  response.destroy();
}
