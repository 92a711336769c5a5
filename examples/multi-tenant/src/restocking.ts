import { HostedService, type Application, type StopContext } from 'bowline';
import { Restock } from './restock.js';
import { TenantCall } from './tenant-call.js';
import { TenantDirectory } from './tenant-directory.js';

/** Fills up the stock of every tenant, again and again, each in a scope of its own. A run that has begun is finished before a stop. */
export class Restocking extends HostedService {
  readonly #app: Application;
  readonly #interval: number;
  readonly #stopped = new AbortController();
  #isDraining = false;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();

  /** `interval` is in milliseconds. */
  constructor(app: Application, interval: number) {
    super();
    this.#app = app;
    this.#interval = interval;
  }

  override start(): void {
    this.#timer = setTimeout(() => {
      this.#running = this.runOnce()
        .catch((error: unknown) => console.error(error))
        .finally(() => {
          if (!this.#isDraining) this.start();
        });
    }, this.#interval);
  }

  async runOnce(): Promise<void> {
    const { signal } = this.#stopped;
    for (const tenant of await this.#app.container.get(TenantDirectory).all()) {
      if (signal.aborted) return;
      await this.#app.runInRequestScope(async (services) => (await services.getAsync(Restock)).run(), {
        context: new TenantCall(tenant, signal),
      });
    }
  }

  override async drain({ signal }: StopContext): Promise<void> {
    this.#isDraining = true;
    clearTimeout(this.#timer);
    signal.addEventListener('abort', () => this.#stopped.abort());
    await this.#running;
  }
}
