import { BadRequestError, Controller, Get, Header, Query, Signal } from 'bowline';
import { Clock } from './clock.js';

@Controller('/clock')
export class ClockController {
  constructor(private readonly clock: Clock) {}

  /** Server-sent events. The generator ends when the client leaves, wherever it waits at that moment. */
  @Get()
  @Header('content-type', 'text/event-stream')
  @Header('cache-control', 'no-store')
  tick(
    @Query('every', { type: Number, default: 1_000 }) every: number,
    @Signal() signal: AbortSignal,
  ): AsyncIterable<string> {
    // Before the stream has begun a mistake is an ordinary answer.
    if (!(every >= 10)) throw new BadRequestError('every is a number of at least 10 milliseconds.');
    return this.events(every, signal);
  }

  @Get('/listeners')
  listeners(): { listeners: number } {
    return { listeners: this.clock.listeners };
  }

  private async *events(every: number, signal: AbortSignal): AsyncGenerator<string> {
    for await (const time of this.clock.ticks(every, signal)) yield `event: tick\ndata: ${time.toISOString()}\n\n`;
  }
}
