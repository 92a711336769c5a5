/** What the environment says. */
export interface Settings {
  /** Where each server listens; 0 takes a free port. */
  readonly ports: Readonly<Record<'main' | 'partners' | 'admin' | 'management', number>>;
  /** Undefined where it is left to the surroundings. Milliseconds. */
  readonly lameDuckDelay: number | undefined;
}

/** PORT is the first of four ports. A mistake is a sentence, and ends the process before anything is opened. */
export function readSettings({ PORT = '8080', LAME_DUCK_DELAY }: NodeJS.ProcessEnv): Settings {
  if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_532)
    return refuse(`PORT is '${PORT}'; it must be a whole number from 0 to 65532.`);
  if (LAME_DUCK_DELAY !== undefined && !/^\d{1,5}$/.test(LAME_DUCK_DELAY))
    return refuse(`LAME_DUCK_DELAY is '${LAME_DUCK_DELAY}'; it must be a whole number of milliseconds.`);
  const main = Number(PORT);
  const after = (distance: number): number => (main === 0 ? 0 : main + distance);
  return {
    ports: { main, partners: after(1), admin: after(2), management: after(3) },
    lameDuckDelay: LAME_DUCK_DELAY === undefined ? undefined : Number(LAME_DUCK_DELAY),
  };
}

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
