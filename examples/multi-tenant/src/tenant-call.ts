import { randomUUID } from 'node:crypto';
import { CallContext } from 'bowline';
import { CurrentTenant, type Tenant } from './tenant.js';

/** One run of a job for one tenant: what is made in its scope reads the tenant as in a request. */
export class TenantCall extends CallContext {
  readonly kind = 'job';
  readonly id = randomUUID();
  readonly signal: AbortSignal;
  readonly target = undefined;

  constructor(tenant: Tenant, signal: AbortSignal) {
    super();
    this.signal = signal;
    this.put(CurrentTenant, tenant);
  }
}
