import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskFile } from 'bowline';

const endings: Readonly<Record<string, string>> = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/webp': 'webp' };

/** The avatars of all users, each under the number of its user: a client's name is never a path. */
export class AvatarFolder {
  readonly #folder: string;
  readonly #types = new Map<number, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async keep(user: number, file: DiskFile): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await file.moveTo(this.#pathOf(user, file.type));
    this.#types.set(user, file.type);
  }

  async find(user: number): Promise<{ readonly type: string; readonly bytes: Buffer } | undefined> {
    const type = this.#types.get(user);
    return type === undefined ? undefined : { type, bytes: await readFile(this.#pathOf(user, type)) };
  }

  #pathOf(user: number, type: string): string {
    return join(this.#folder, `${user}.${endings[type] ?? 'bin'}`);
  }
}
