import { connect } from 'node:net';
import { BowlineError, reasonOf } from '../foundation/index.js';
import type { ListenAddress } from './listen-address.js';
import { describeAddress } from './listen-address.js';

/** What kept a server from listening, as one sentence with its name and address. */
export async function toListenError(server: string, target: ListenAddress, cause: unknown): Promise<BowlineError> {
  const reason = await reasonFor(target, cause);
  return new BowlineError('BOW_LISTEN_FAILED', { server, address: describeAddress(target), reason }, { cause });
}

async function reasonFor({ path, port }: ListenAddress, cause: unknown): Promise<string> {
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      if (path === undefined) return 'another process listens there; stop it, or choose another port';
      return (await isAlive(path))
        ? 'another process listens there; stop it, or choose another path'
        : 'a file is there already, and nobody listens on it: an earlier process has left it; remove it';
    case 'EACCES':
      return path === undefined
        ? `this process may not; ports below 1024 need a privilege${port === undefined || port >= 1024 ? ', and others can be kept back by the system' : ''}`
        : 'this process may not create a socket there, or the folder does not exist';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'no address is known for this host name';
    case 'ERR_SOCKET_BAD_PORT':
      return 'a port is a whole number from 0 to 65535';
    case 'EINVAL':
    case 'ENAMETOOLONG':
      return path === undefined ? reasonOf(cause) : 'the path is longer than the system takes for a socket';
    default:
      return reasonOf(cause);
  }
}

/** Whether somebody accepts connections on a Unix socket. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
