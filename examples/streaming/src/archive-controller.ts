import { Readable } from 'node:stream';
import { BadRequestError, Controller, Ctx, Get, HttpContext, Query } from 'bowline';

const block = Buffer.alloc(65_536, 'A line of the archive that is never on a disk.\n');

@Controller('/archive')
export class ArchiveController {
  /** A download of known length, so that a client can show how far it is. A length that turned out wrong cuts it. */
  @Get()
  download(@Query('bytes', { type: Number, default: 10_000_000 }) bytes: number, @Ctx() ctx: HttpContext): Readable {
    if (!Number.isInteger(bytes) || bytes < 0) throw new BadRequestError('bytes is a whole number of at least 0.');
    ctx.set('content-length', String(bytes)).set('content-disposition', 'attachment; filename="archive.txt"');
    return Readable.from(blocks(bytes), { objectMode: false });
  }
}

function* blocks(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= block.length) yield left < block.length ? block.subarray(0, left) : block;
}
