import { createApplication, defineModule, HttpProvider } from 'bowline';
import { KoaProvider } from 'bowline/koa';
import Koa from 'koa';
import { greetingModule } from './greeting.js';

// Koa's middleware sees our answers on their way out, body included.
const native = new Koa();
native.use(async (ctx, next) => {
  await next();
  ctx.set('x-served-by', 'koa');
});
native.use(async (ctx, next) => {
  if (ctx.path === '/native') ctx.body = { native: true };
  else await next();
});

const providerModule = defineModule({
  name: 'providerModule',
  bind: ({ bind }) => bind(HttpProvider).toConstantValue(new KoaProvider(native)),
});

const app = await createApplication({ modules: [greetingModule, providerModule] });
await app.listen({ port: Number(process.env['PORT'] ?? 8080), host: '127.0.0.1' });
