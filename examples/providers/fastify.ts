import { createApplication, defineModule, HttpProvider } from 'bowline';
import { FastifyProvider } from 'bowline/fastify';
import { fastify } from 'fastify';
import { greetingModule } from './greeting.js';

// A function that makes the native instance, with whatever it takes: plugins, hooks, decorators, routes of its own.
const provider = new FastifyProvider(() => {
  // A path must mean the same to both routers; without these two the boot error names them.
  const native = fastify({ routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 } });
  native.addHook('onSend', async (_request, reply) => {
    reply.header('x-served-by', 'fastify');
  });
  native.get('/native', (_request, reply) => reply.send({ native: true }));
  return native;
});

const providerModule = defineModule({
  name: 'providerModule',
  bind: ({ bind }) => bind(HttpProvider).toConstantValue(provider),
});

const app = await createApplication({ modules: [greetingModule, providerModule] });
await app.listen({ port: Number(process.env['PORT'] ?? 8080), host: '127.0.0.1' });
