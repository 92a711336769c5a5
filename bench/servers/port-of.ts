import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

interface Listening {
  readonly listening: boolean;
  address(): AddressInfo | string | null;
  once(event: string, listener: () => void): unknown;
}

/** The port of a server that was told to listen, as soon as it does. */
export async function portOf(server: Listening & NodeJS.EventEmitter): Promise<number> {
  if (!server.listening) await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a port.');
  return address.port;
}
