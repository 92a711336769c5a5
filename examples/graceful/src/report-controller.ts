import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Query, Signal } from 'bowline';
import { Database } from './database.js';

/** Requests that are long enough to be in flight when the word to stop comes. */
@Controller('/reports')
export class ReportController {
  constructor(private readonly database: Database) {}

  /** Asks the database at its end. The signal aborts when the client leaves, or when the time of the stop is over. */
  @Get('/total')
  async total(
    @Query('ms', { type: Number, default: 2_000 }) ms: number,
    @Signal() signal: AbortSignal,
  ): Promise<{ cents: number }> {
    await sleep(ms, undefined, { signal });
    return { cents: await this.database.total('shop') };
  }

  /** A mistake: waits for what never comes, and does not look at its signal. A stop has to cut it. */
  @Get('/stuck')
  stuck(): Promise<never> {
    return new Promise(() => undefined);
  }
}
