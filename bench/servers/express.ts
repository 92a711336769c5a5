import express, { type Express, type RequestHandler } from 'express';
import type { Contestant } from '../contestants.js';
import { key, mark, type RouteSet } from '../workloads.js';
import { greeterFor } from './by-hand.js';
import { portOf } from './port-of.js';
import { userSchema } from './user-schema.js';

const declare: Readonly<Record<RouteSet, (app: Express) => void>> = {
  hello: (app) => {
    app.get('/hello', (_request, response) => {
      response.json({ hello: 'world' });
    });
  },
  params: (app) => {
    app.get('/users/:id', (request, response) => {
      const id = Number(request.params.id);
      if (!Number.isInteger(id)) {
        response.status(400).end();
        return;
      }
      response.json({ id, verbose: request.query['verbose'] === 'true' });
    });
  },
  post: (app) => {
    app.post('/users', (request, response) => {
      const { success, data } = userSchema.safeParse(request.body);
      if (success) response.status(201).json({ id: 1, name: data.name, city: data.address.city });
      else response.status(400).end();
    });
  },
  guard: (app) => guarded(app, '/guarded'),
  scope: (app) => guarded(app, '/scoped', true),
};

function guarded(app: Express, path: string, isScoped = false): void {
  const guard: RequestHandler = (request, response, next) => {
    if (request.headers[key.name] === key.value) next();
    else response.status(403).end();
  };
  const marked: RequestHandler = (_request, response, next) => {
    response.setHeader(mark.name, mark.value);
    next();
  };
  app.get(path, guard, marked, (request, response) => {
    response.json(isScoped ? greeterFor(request.headers, response).hello() : { hello: 'world' });
  });
}

export function serve({ routes }: Contestant): Promise<number> {
  const app = express();
  app.use(express.json());
  declare[routes](app);
  return portOf(app.listen(0, '127.0.0.1'));
}
