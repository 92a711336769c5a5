/** What the environment says; times are milliseconds. */
export interface Settings {
  /** Where each server listens; 0 takes a free port. */
  readonly ports: Readonly<Record<'main' | 'payments' | 'management', number>>;
  /** How long the circuit to the payment service stays open before calls try again. */
  readonly openDuration: number;
  /** How long load that was put on lasts, unless somebody ends it before. */
  readonly loadDuration: number;
}

/** PORT is the first of three ports. A mistake is a sentence, and ends the process before anything is opened. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const { PORT = '8080', OPEN_DURATION = '5000', LOAD_DURATION = '60000' } = env;
  if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_533)
    return refuse(`PORT is '${PORT}'; it must be a whole number from 0 to 65533.`);
  const main = Number(PORT);
  const after = (distance: number): number => (main === 0 ? 0 : main + distance);
  return {
    ports: { main, payments: after(1), management: after(2) },
    openDuration: readDuration('OPEN_DURATION', OPEN_DURATION),
    loadDuration: readDuration('LOAD_DURATION', LOAD_DURATION),
  };
}

function readDuration(name: string, value: string): number {
  return /^[1-9]\d{0,4}$/.test(value)
    ? Number(value)
    : refuse(`${name} is '${value}'; it must be a whole number of milliseconds from 1 to 99999.`);
}

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
