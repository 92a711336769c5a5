import { BadRequestError, Controller, Ctx, Get, HttpContext, Query } from 'bowline';
import { ReadingStore } from './reading-store.js';

@Controller('/readings')
export class ReadingController {
  constructor(private readonly readings: ReadingStore) {}

  /** A table of any length in constant memory: the store is asked for the next page when the client has taken the last. */
  @Get('/export.csv')
  export(
    @Query('rows', { type: Number, default: 1_000_000 }) rows: number,
    @Ctx() ctx: HttpContext,
  ): AsyncIterable<string> {
    if (!Number.isInteger(rows) || rows < 0 || rows > 100_000_000)
      throw new BadRequestError('rows is a whole number from 0 to 100000000.');
    ctx.type('text/csv; charset=utf-8').set('content-disposition', 'attachment; filename="readings.csv"');
    return this.lines(rows);
  }

  /** How far all exports have come. */
  @Get('/read')
  read(): { rows: number } {
    return { rows: this.readings.rowsRead };
  }

  private async *lines(rows: number): AsyncGenerator<string> {
    yield 'id,sensor,celsius\n';
    for await (const page of this.readings.pages(rows)) {
      yield page.map(({ id, sensor, celsius }) => `${id},${sensor},${celsius.toFixed(1)}\n`).join('');
    }
  }
}
