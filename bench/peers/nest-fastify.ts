import type { Contestant } from '../contestants.js';
import { serveNest } from './nest.js';

export function serve({ routes }: Contestant): Promise<number> {
  return serveNest(routes, 'fastify');
}
