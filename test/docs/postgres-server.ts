import { readdirSync, readFileSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findProgram, runProgram, startProgram } from './started-program.js';

/** Debian keeps the server's programs away from PATH, in a folder for each version. */
const versions = '/usr/lib/postgresql';
const initdb = findProgram('initdb', versionFolders());

/** Whether a PostgreSQL server can be started here. */
export const hasPostgres = initdb !== undefined;

/** A PostgreSQL of its own, empty, which listens on a Unix socket alone. */
export interface PostgresServer {
  /** What a pool connects with. */
  readonly connection: { readonly host: string; readonly user: string; readonly database: string };
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresServer> {
  if (initdb === undefined) throw new Error('PostgreSQL is not installed.');
  // Short, as the path of a Unix socket has 107 characters at most.
  const folder = await mkdtemp(join(tmpdir(), 'bowline-pg-'));
  const owner = process.getuid?.() === 0 ? accountOf('postgres', 'nobody') : undefined;
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const options = { ...owner, cwd: folder };
  await runProgram(initdb, ['-D', data, '-U', 'bowline', '-A', 'trust', '--no-locale', '-E', 'UTF8', '-N'], options);
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'fsync=off', 'shared_buffers=16MB'];
  const server = await startProgram(
    join(dirname(initdb), 'postgres'),
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    'ready to accept connections',
    options,
  );
  return {
    connection: { host: folder, user: 'bowline', database: 'postgres' },
    stop: async () => {
      // It does not wait for clients, as SIGTERM does.
      await server.stop('SIGINT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function versionFolders(): string[] {
  try {
    return readdirSync(versions).map((version) => join(versions, version, 'bin'));
  } catch {
    return [];
  }
}

/** The first of these accounts that exists: the server refuses to run as root. */
function accountOf(...names: readonly string[]): { readonly uid: number; readonly gid: number } | undefined {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of names) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}
