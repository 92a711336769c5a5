import { contextKey } from 'bowline';

/** For whom a request or a job works. */
export interface Tenant {
  readonly id: string;
  readonly name: string;
}

/** Put by the guard; what opens the connection reads it. */
export const CurrentTenant = contextKey<Tenant>('tenant');
