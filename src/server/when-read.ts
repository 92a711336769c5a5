import type { IncomingMessage } from 'node:http';

/** Calls `listener` when somebody begins to read a body, before any byte of it is given out. */
export function whenRead(request: IncomingMessage, listener: () => void): void {
  const read = request._read;
  request._read = function (size) {
    request._read = read;
    listener();
    read.call(this, size);
  };
}

/** Whether somebody has begun to. */
export function isRead(request: IncomingMessage): boolean {
  return request.readableFlowing !== null || request.readableDidRead;
}
