import express, { type Express } from 'express';
import type { Contestant } from '../contestants.js';
import type { RouteSet } from '../workloads.js';
import { portOf } from './port-of.js';

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
};

export function serve({ routes }: Contestant): Promise<number> {
  const app = express();
  app.use(express.json());
  declare[routes](app);
  return portOf(app.listen(0, '127.0.0.1'));
}
