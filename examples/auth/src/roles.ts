import { Injectable } from 'bowline';
import type { User } from './current-user.js';

export type Role = 'writer' | 'admin';

/** Which roles a user has: asked at each request and not written into tokens, so that one can be taken back at once. */
@Injectable()
export class Roles {
  readonly #roles = new Map<string, ReadonlySet<Role>>([
    ['ada', new Set(['writer', 'admin'])],
    ['bob', new Set(['writer'])],
  ]);

  has({ name }: User, role: Role): boolean {
    return this.#roles.get(name)?.has(role) ?? false;
  }

  /** Takes every role from a user. */
  revoke(name: string): void {
    this.#roles.delete(name);
  }
}
