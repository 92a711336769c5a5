import { Controller, Get } from 'bowline';
import { Database } from './database.js';
import { OrderQueue } from './order-queue.js';

/** For those who run the service; it listens on this machine only. */
@Controller({ path: '/figures', server: 'admin' })
export class AdminController {
  constructor(
    private readonly queue: OrderQueue,
    private readonly database: Database,
  ) {}

  @Get()
  figures(): { waiting: number; queries: number } {
    return { waiting: this.queue.waiting, queries: this.database.queries };
  }
}
