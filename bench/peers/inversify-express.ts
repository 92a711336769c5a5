import { InversifyExpressHttpAdapter } from '@inversifyjs/http-express';
import type { Contestant } from '../contestants.js';
import { portOf } from '../servers/port-of.js';
import { containerOf, validate } from './inversify.js';

export async function serve({ routes }: Contestant): Promise<number> {
  const adapter = new InversifyExpressHttpAdapter(containerOf(routes), { logger: false });
  if (routes === 'post') validate(adapter);
  const app = await adapter.build();
  return portOf(app.listen(0, '127.0.0.1'));
}
