import { randomBytes } from 'node:crypto';
import type { TokenOptions } from './tokens.js';

/** What the environment says; a mistake is a sentence, and ends the process before anything is opened. */
export interface Settings extends TokenOptions {
  readonly port: number;
}

export function readSettings({ PORT = '8080', TOKEN_SECRET, TOKEN_LIFETIME = '900' }: NodeJS.ProcessEnv): Settings {
  if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_535)
    return refuse(`PORT is '${PORT}'; it must be a whole number from 0 to 65535.`);
  if (!/^[1-9]\d{0,6}$/.test(TOKEN_LIFETIME))
    return refuse(`TOKEN_LIFETIME is '${TOKEN_LIFETIME}'; it must be a whole number of seconds.`);
  return { port: Number(PORT), secret: secretOf(TOKEN_SECRET), lifetime: Number(TOKEN_LIFETIME) };
}

/** One of the process alone where none is given: its tokens end with it. */
function secretOf(given: string | undefined): Uint8Array {
  if (given === undefined) return randomBytes(32);
  const secret = new TextEncoder().encode(given);
  return secret.length < 32 ? refuse('TOKEN_SECRET is too short; it must have at least 32 bytes.') : secret;
}

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
