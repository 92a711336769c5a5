import type { IncomingMessage, ServerResponse } from 'node:http';

/** Bytes of a body that nobody reads which are read and forgotten, so that the client sees the answer. */
const discardedBytes = 16_777_216;

/**
 * Reads what is left of a body and forgets it, so that the connection can be used again. One that goes on for longer is
 * cut, after the answer.
 */
export function discardBody(request: IncomingMessage, response: ServerResponse): void {
  request.unpipe();
  if (request.readableEnded || request.destroyed) return;
  let left = discardedBytes;
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left >= 0) return;
    request.pause();
    if (response.closed || response.writableFinished) request.destroy();
    else response.once('close', () => request.destroy());
  });
  request.resume();
}
