import { contextKey } from 'bowline';
import type { Role } from './roles.js';

export interface Principal {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

/** Was: `request.user`, and a parameter decorator that read it. Put by the guard, read by `@Ctx(CurrentUser)`. */
export const CurrentUser = contextKey<Principal>('user');
