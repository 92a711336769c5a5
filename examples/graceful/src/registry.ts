import { Injectable, Logger, OnLameDuck, OnReady, PostShutdown, PreShutdown } from 'bowline';
import { Database } from './database.js';

/** Hooks at the edges of a life: what others have to be told. Each line of its log stands for a call to somewhere else. */
@Injectable()
export class Registry {
  constructor(
    private readonly database: Database,
    private readonly log: Logger,
  ) {}

  /** All ports are open. */
  @OnReady()
  register(): void {
    this.log.info('Registered: clients are sent here');
  }

  /** Everything is still served, and nobody new should come. */
  @OnLameDuck()
  leave(): void {
    this.log.info('Deregistered: new clients are sent elsewhere');
  }

  /** The last moment in which everything is served. */
  @PreShutdown({ timeout: 1_000 })
  handOver(): void {
    this.log.info('Handed over: another instance runs the nightly jobs');
  }

  /** Every request has ended. The database is still open, since this class names it. */
  @PostShutdown()
  sendFigures(): void {
    this.log.info('Sent the last figures', { queries: this.database.queries });
  }
}
