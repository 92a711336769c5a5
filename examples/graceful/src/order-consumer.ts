import { setTimeout as sleep } from 'node:timers/promises';
import { HostedService, Injectable, Logger, type Activity } from 'bowline';
import { Database } from './database.js';
import { OrderQueue, type Message } from './order-queue.js';

/** How long the work on one message takes. Milliseconds. */
const workTime = 300;

/**
 * Stores the orders of partners, one after another. Because its constructor names the database, the database is closed after it;
 * because the server `partners` depends on it, that server is drained before it.
 */
@Injectable()
export class OrderConsumer extends HostedService {
  readonly #enough = new AbortController();
  #active = 0;
  #done: Promise<void> = Promise.resolve();

  constructor(
    private readonly queue: OrderQueue,
    private readonly database: Database,
    private readonly log: Logger,
  ) {
    super();
  }

  /** Must not wait for the work: the application is not ready before this has resolved. */
  override start(): void {
    this.#done = this.#consume();
  }

  /** Takes no other message, and resolves when the one under way is stored. */
  override async drain(): Promise<void> {
    this.#enough.abort();
    await this.#done;
    this.log.info('The consumer has finished its message', { waiting: this.queue.waiting });
  }

  /** What the report calls left undone, if the time is over before this is 0. */
  override activity(): Activity {
    return { active: this.#active };
  }

  async #consume(): Promise<void> {
    for (;;) {
      const message = await this.queue.take(this.#enough.signal);
      if (message === undefined) return;
      this.#active++;
      await this.#store(message).catch((error: unknown) => {
        this.log.error('An order could not be stored', { id: message.id, error });
      });
      this.#active--;
    }
  }

  async #store({ id, cents }: Message): Promise<void> {
    await sleep(workTime);
    await this.database.insert({ id: partnerIds + id, cents, source: 'partner' });
  }
}

/** Orders of partners have numbers of their own. */
const partnerIds = 1_000_000;
