import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from 'bowline';
import type { User } from './current-user.js';

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

interface Account {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Who there is, by name. In memory, with ada and bob in it. */
@Injectable()
export class Accounts {
  readonly #accounts: Promise<ReadonlyMap<string, Account>> = seed({ ada: 'bowline on a bight', bob: 'sheet bend' });

  /** The user whose password it is. Takes as long where there is no such user, so that names cannot be found out. */
  async find(name: string, password: string): Promise<User | undefined> {
    const account = (await this.#accounts).get(name);
    const { salt, hash } = account ?? nobody;
    const isRight = timingSafeEqual(await derive(password, salt, hash.length), hash);
    return isRight && account !== undefined ? { name } : undefined;
  }
}

const nobody: Account = { salt: Buffer.alloc(16), hash: Buffer.alloc(32) };

async function seed(passwords: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, Account>> {
  const entries = Object.entries(passwords).map(async ([name, password]) => {
    const salt = randomBytes(16);
    return [name, { salt, hash: await derive(password, salt, 32) }] as const;
  });
  return new Map(await Promise.all(entries));
}
