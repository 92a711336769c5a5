/** What the environment says. A mistake in it is a sentence, and ends the process before anything is opened. */
export interface Settings {
  readonly port: number;
  /** The service that is proxied; this one where it is undefined. */
  readonly upstream: string | undefined;
}

export function readSettings({ PORT = '8080', UPSTREAM }: NodeJS.ProcessEnv): Settings {
  if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_535)
    return refuse(`PORT is '${PORT}'; it must be a whole number from 0 to 65535.`);
  if (UPSTREAM !== undefined && !/^https?:\/\//.test(UPSTREAM))
    return refuse(`UPSTREAM is '${UPSTREAM}'; it must be a URL such as http://localhost:9000.`);
  return { port: Number(PORT), upstream: UPSTREAM };
}

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
