import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '../foundation/index.js';

/**
 * Gives one half of a `stream.duplexPair()` what Node's HTTP parser and the providers expect of a socket. Its timeout
 * works, so that a leave-taking covers it like any other connection.
 */
export function toMemorySocket(duplex: Duplex, clock: Clock, encrypted: boolean): Socket {
  let timer: Timer | undefined;
  const setTimeout = (delay: number): Duplex => {
    timer?.cancel();
    timer = delay === 0 ? undefined : clock.schedule(() => duplex.emit('timeout'), delay, { background: true });
    return duplex;
  };
  const destroySoon = (): void => {
    if (duplex.writable) duplex.end();
    if (duplex.writableFinished) duplex.destroy();
    else duplex.once('finish', () => duplex.destroy());
  };
  const itself = (): Duplex => duplex;
  const members = { setTimeout, destroySoon, setNoDelay: itself, setKeepAlive: itself, ref: itself, unref: itself };
  duplex.on('close', () => timer?.cancel());
  return Object.assign(duplex, { remoteAddress: '127.0.0.1', remotePort: 0, encrypted }, members) as unknown as Socket;
}
