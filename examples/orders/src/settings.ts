/** What the environment says. A mistake in it is a sentence, and ends the process before anything is opened. */
export interface Settings {
  readonly port: number;
  readonly store: 'memory' | 'sqlite';
  readonly storeFile: string;
}

export function readSettings({
  PORT = '8080',
  STORE = 'memory',
  STORE_FILE = 'orders.db',
}: NodeJS.ProcessEnv): Settings {
  if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_535)
    return refuse(`PORT is '${PORT}'; it must be a whole number from 0 to 65535.`);
  if (STORE !== 'memory' && STORE !== 'sqlite') return refuse(`STORE is '${STORE}'; it must be memory or sqlite.`);
  return { port: Number(PORT), store: STORE, storeFile: STORE_FILE };
}

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
