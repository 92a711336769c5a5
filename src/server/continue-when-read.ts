import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Tells a client that waits to be told (RFC 9110 10.1.1) to go on when somebody begins to read the body, and not before:
 * what is refused without a look at the body costs no upload. Where it was not told, Node lets the answer say that the
 * connection ends, since nobody knows whether a body will follow.
 */
export function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  const read = request._read;
  request._read = function (size) {
    request._read = read;
    if (!response.headersSent) response.writeContinue();
    read.call(this, size);
  };
}
