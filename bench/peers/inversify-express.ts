import { InversifyExpressHttpAdapter } from '@inversifyjs/http-express';
import type { Contestant } from '../contestants.js';
import { portOf } from '../servers/port-of.js';
import { containerOf } from './inversify.js';

export async function serve({ routes }: Contestant): Promise<number> {
  const app = await new InversifyExpressHttpAdapter(containerOf(routes), { logger: false }).build();
  return portOf(app.listen(0, '127.0.0.1'));
}
