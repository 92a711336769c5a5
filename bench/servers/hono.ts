import type { ServerResponse } from 'node:http';
import { serve as serveOnNode, type HttpBindings } from '@hono/node-server';
import { Hono, type MiddlewareHandler } from 'hono';
import { validator } from 'hono/validator';
import type { Contestant } from '../contestants.js';
import { key, mark, type RouteSet } from '../workloads.js';
import { greeterFor } from './by-hand.js';
import { portOf } from './port-of.js';
import { userSchema } from './user-schema.js';

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
  post: (app) => {
    const body = validator('json', (value, c) => {
      const { success, data } = userSchema.safeParse(value);
      return success ? data : c.body(null, 400);
    });
    app.post('/users', body, (c) => {
      const { name, address } = c.req.valid('json');
      return c.json({ id: 1, name, city: address.city }, 201);
    });
  },
  guard: (app) => guarded(app, '/guarded'),
  scope: (app) => guarded(app, '/scoped', true),
};

function guarded(app: Hono, path: string, isScoped = false): void {
  const guard: MiddlewareHandler = (c, next) =>
    c.req.header(key.name) === key.value ? next() : Promise.resolve(c.body(null, 403));
  const marked: MiddlewareHandler = (c, next) => {
    c.header(mark.name, mark.value);
    return next();
  };
  app.get(path, guard, marked, (c) => {
    if (!isScoped) return c.json({ hello: 'world' });
    const { incoming, outgoing } = c.env as unknown as HttpBindings;
    return c.json(greeterFor(incoming.headers, outgoing as ServerResponse).hello());
  });
}

export function serve({ routes }: Contestant): Promise<number> {
  const app = new Hono();
  declare[routes](app);
  return portOf(serveOnNode({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }));
}
