import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the environment says; a mistake is a sentence, and ends the process before anything is opened. */
export interface Settings {
  readonly port: number;
  readonly jwtSecret: string;
  /** Seconds. */
  readonly jwtLifetime: number;
  readonly storageFolder: string;
}

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const { PORT = '8080', JWT_SECRET, JWT_LIFETIME = '900', STORAGE_FOLDER = join(tmpdir(), 'from-nest') } = env;
  if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_535)
    return refuse(`PORT is '${PORT}'; it must be a whole number from 0 to 65535.`);
  if (!/^[1-9]\d{0,6}$/.test(JWT_LIFETIME))
    return refuse(`JWT_LIFETIME is '${JWT_LIFETIME}'; it must be a whole number of seconds.`);
  if (JWT_SECRET === undefined || JWT_SECRET.length < 16) return refuse('JWT_SECRET must have at least 16 characters.');
  return {
    port: Number(PORT),
    jwtSecret: JWT_SECRET,
    jwtLifetime: Number(JWT_LIFETIME),
    storageFolder: STORAGE_FOLDER,
  };
}

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
