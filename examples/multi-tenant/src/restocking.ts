import {
  defineModule,
  HostedService,
  Inject,
  Injectable,
  JobContext,
  Logger,
  RequestScopeRunner,
  token,
  type ContainerModule,
  type StopContext,
} from 'bowline';
import { Restock } from './restock.js';
import { CurrentTenant } from './tenant.js';
import { TenantDirectory } from './tenant-directory.js';

const Interval = token<number>('restock interval');

/** Restocks every `interval` milliseconds. */
export function restockingModule(interval: number): ContainerModule {
  return defineModule({
    name: 'restockingModule',
    services: [Restocking],
    bind: ({ bind }) => {
      bind(Interval).toConstantValue(interval);
      bind(HostedService).toService(Restocking);
    },
  });
}

/** Fills up the stock of every tenant, again and again, each in a scope of its own. A run that has begun is finished before a stop. */
@Injectable()
export class Restocking extends HostedService {
  readonly #stopped = new AbortController();
  #isDraining = false;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(Interval) private readonly interval: number,
    private readonly tenants: TenantDirectory,
    private readonly scopes: RequestScopeRunner,
    private readonly log: Logger,
  ) {
    super();
  }

  override start(): void {
    this.#timer = setTimeout(() => {
      this.#running = this.runOnce()
        .catch((error: unknown) => this.log.error('Restocking failed', { error }))
        .finally(() => {
          if (!this.#isDraining) this.start();
        });
    }, this.interval);
  }

  async runOnce(): Promise<void> {
    const { signal } = this.#stopped;
    for (const tenant of await this.tenants.all()) {
      if (signal.aborted) return;
      await this.scopes.runInRequestScope(
        async (services, context) => {
          context.put(CurrentTenant, tenant);
          await (await services.getAsync(Restock)).run();
        },
        { context: new JobContext({ signal }) },
      );
    }
  }

  override async drain({ signal }: StopContext): Promise<void> {
    this.#isDraining = true;
    clearTimeout(this.#timer);
    signal.addEventListener('abort', () => this.#stopped.abort());
    await this.#running;
  }
}
