import { serve as serveOnNode } from '@hono/node-server';
import { Hono } from 'hono';
import type { Contestant } from '../contestants.js';
import type { RouteSet } from '../workloads.js';
import { portOf } from './port-of.js';

const declare: Readonly<Record<RouteSet, (app: Hono) => void>> = {
  hello: (app) => {
    app.get('/hello', (c) => c.json({ hello: 'world' }));
  },
  params: (app) => {
    app.get('/users/:id', (c) => {
      const id = Number(c.req.param('id'));
      if (!Number.isInteger(id)) return c.body(null, 400);
      return c.json({ id, verbose: c.req.query('verbose') === 'true' });
    });
  },
};

export function serve({ routes }: Contestant): Promise<number> {
  const app = new Hono();
  declare[routes](app);
  return portOf(serveOnNode({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }));
}
