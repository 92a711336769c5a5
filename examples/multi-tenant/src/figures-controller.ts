import { Controller, Get } from 'bowline';
import { Pool, type PoolFigures } from './pool.js';

/** For whoever wants to see that every connection comes back. Belongs on a server of its own in earnest. */
@Controller('/pool')
export class FiguresController {
  constructor(private readonly pool: Pool) {}

  @Get()
  figures(): PoolFigures {
    return this.pool.figures;
  }
}
