import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, startProgram } from './started-program.js';

const program = findProgram('redis-server');

/** Whether a Redis server can be started here. */
export const hasRedis = program !== undefined;

/** A Redis of its own, empty, which listens on a Unix socket alone and keeps nothing. */
export interface RedisServer {
  /** The path of its socket. */
  readonly socket: string;
  stop(): Promise<void>;
}

export async function startRedis(): Promise<RedisServer> {
  if (program === undefined) throw new Error('Redis is not installed.');
  const folder = await mkdtemp(join(tmpdir(), 'bowline-redis-'));
  const socket = join(folder, 'redis.sock');
  const server = await startProgram(
    program,
    ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '', '--appendonly', 'no'],
    'ready to accept connections',
    { cwd: folder },
  );
  return {
    socket,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
