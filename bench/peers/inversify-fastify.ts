import { InversifyFastifyHttpAdapter } from '@inversifyjs/http-fastify';
import type { Contestant } from '../contestants.js';
import { containerOf } from './inversify.js';

export async function serve({ routes }: Contestant): Promise<number> {
  const app = await new InversifyFastifyHttpAdapter(containerOf(routes), { logger: false }).build();
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as { port: number }).port;
}
