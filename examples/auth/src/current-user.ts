import { contextKey } from 'bowline';

/** Who is asking. */
export interface User {
  readonly name: string;
}

/** Put by the guard, read by whatever stands behind it. */
export const CurrentUser = contextKey<User>('user');
