import { createApplication, defineModule, HttpProvider } from 'bowline';
import { HonoProvider } from 'bowline/hono';
import { Hono } from 'hono';
import { greetingModule } from './greeting.js';

// Hono's middleware gets our answer as a Response.
const native = new Hono();
native.use(async (c, next) => {
  await next();
  c.res.headers.set('x-served-by', 'hono');
});
native.get('/native', (c) => c.json({ native: true }));

const providerModule = defineModule({
  name: 'providerModule',
  bind: ({ bind }) => bind(HttpProvider).toConstantValue(new HonoProvider(native)),
});

const app = await createApplication({ modules: [greetingModule, providerModule] });
await app.listen({ port: Number(process.env['PORT'] ?? 8080), host: '127.0.0.1' });
