import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from 'bowline';
import type { Tenant } from './tenant.js';

/** Who our tenants are. Stands in for a database of its own, so it takes its time. */
@Injectable()
export class TenantDirectory {
  readonly #tenants: ReadonlyMap<string, Tenant> = new Map([
    ['north', { id: 'north', name: 'Northern Chandlers' }],
    ['south', { id: 'south', name: 'Southern Sails' }],
  ]);

  async find(id: string): Promise<Tenant | undefined> {
    await sleep(1);
    return this.#tenants.get(id);
  }

  async all(): Promise<readonly Tenant[]> {
    await sleep(1);
    return [...this.#tenants.values()];
  }
}
