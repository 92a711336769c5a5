import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toListenError } from './listen-error.js';
import type { ListenAddress } from './listen-address.js';

/** Lets a server listen, and resolves with where it does. Throws BOW_LISTEN_FAILED with the reason in words. */
export async function openPort(server: Server, name: string, address: ListenAddress): Promise<AddressInfo | string> {
  try {
    return await listen(server, address);
  } catch (cause) {
    throw await toListenError(name, address, cause);
  }
}

function listen(server: Server, { port = 0, host, path }: ListenAddress): Promise<AddressInfo | string> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      server.removeListener('listening', onListening);
      reject(error);
    };
    const onListening = (): void => {
      server.removeListener('error', onError);
      resolve(server.address() ?? '');
    };
    server.once('error', onError).once('listening', onListening);
    if (path !== undefined) server.listen({ path });
    else server.listen(host === undefined ? { port } : { port, host });
  });
}
