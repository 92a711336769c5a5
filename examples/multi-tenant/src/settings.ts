/** What the environment says; a mistake is a sentence, and ends the process before anything is opened. */
export interface Settings {
  readonly port: number;
  /** Milliseconds. */
  readonly restockInterval: number;
}

export function readSettings({ PORT = '8080', RESTOCK_INTERVAL = '60000' }: NodeJS.ProcessEnv): Settings {
  if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_535)
    return refuse(`PORT is '${PORT}'; it must be a whole number from 0 to 65535.`);
  if (!/^[1-9]\d{0,8}$/.test(RESTOCK_INTERVAL))
    return refuse(`RESTOCK_INTERVAL is '${RESTOCK_INTERVAL}'; it must be a whole number of milliseconds.`);
  return { port: Number(PORT), restockInterval: Number(RESTOCK_INTERVAL) };
}

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
