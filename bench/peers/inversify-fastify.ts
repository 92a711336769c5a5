import { InversifyFastifyHttpAdapter } from '@inversifyjs/http-fastify';
import type { Contestant } from '../contestants.js';
import { containerOf, validate } from './inversify.js';

export async function serve({ routes }: Contestant): Promise<number> {
  const adapter = new InversifyFastifyHttpAdapter(containerOf(routes), { logger: false });
  if (routes === 'post') validate(adapter);
  const app = await adapter.build();
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as { port: number }).port;
}
