import type { Role } from '../auth/roles.js';

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly password: string;
}
