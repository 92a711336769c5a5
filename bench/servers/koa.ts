import { bodyParser } from '@koa/bodyparser';
import { Router, type RouterMiddleware } from '@koa/router';
import Koa from 'koa';
import type { Contestant } from '../contestants.js';
import { key, mark, type RouteSet } from '../workloads.js';
import { greeterFor } from './by-hand.js';
import { portOf } from './port-of.js';
import { userSchema } from './user-schema.js';

const declare: Readonly<Record<RouteSet, (router: Router) => void>> = {
  hello: (router) => {
    router.get('/hello', (ctx) => {
      ctx.body = { hello: 'world' };
    });
  },
  params: (router) => {
    router.get('/users/:id', (ctx) => {
      const id = Number(ctx.params['id']);
      if (!Number.isInteger(id)) {
        ctx.status = 400;
        return;
      }
      ctx.body = { id, verbose: ctx.query['verbose'] === 'true' };
    });
  },
  post: (router) => {
    router.post('/users', (ctx) => {
      const { success, data } = userSchema.safeParse(ctx.request.body);
      if (!success) {
        ctx.status = 400;
        return;
      }
      ctx.status = 201;
      ctx.body = { id: 1, name: data.name, city: data.address.city };
    });
  },
  guard: (router) => guarded(router, '/guarded'),
  scope: (router) => guarded(router, '/scoped', true),
};

function guarded(router: Router, path: string, isScoped = false): void {
  const guard: RouterMiddleware = (ctx, next) => {
    if (ctx.headers[key.name] === key.value) return next();
    ctx.status = 403;
    return undefined;
  };
  const marked: RouterMiddleware = (ctx, next) => {
    ctx.set(mark.name, mark.value);
    return next();
  };
  router.get(path, guard, marked, (ctx) => {
    ctx.body = isScoped ? greeterFor(ctx.headers, ctx.res).hello() : { hello: 'world' };
  });
}

export function serve({ routes }: Contestant): Promise<number> {
  const app = new Koa();
  const router = new Router();
  declare[routes](router);
  app.use(bodyParser());
  app.use(router.routes()).use(router.allowedMethods());
  return portOf(app.listen(0, '127.0.0.1'));
}
