import type { Socket } from 'node:net';
import type { Clock } from '../foundation/index.js';

/** How long a client may take to close after its last answer. Milliseconds. */
const lingerTime = 500;

/**
 * Lets a connection end as RFC 9112 9.6 asks when its last answer has been sent: closed for writing at once, and for reading
 * when the client has closed it too. Node would close it whole, and a client that still writes would get a reset,
 * which on its way overtakes the answer that it has not read.
 */
export function closeGently(socket: Socket, clock: Clock): void {
  socket.destroySoon = () => {
    if (socket.writable) socket.end();
    const timer = clock.schedule(() => socket.destroy(), lingerTime, { background: true });
    socket.once('close', () => timer.cancel());
  };
}
