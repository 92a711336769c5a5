import { createApplication, defineModule, HttpProvider } from 'bowline';
import { ExpressProvider } from 'bowline/express';
import express from 'express';
import { greetingModule } from './greeting.js';

// An application that exists already. Its middleware runs around our routes, and its own routes go on beside them.
const legacy = express();
legacy.disable('x-powered-by');
legacy.use((_request, response, next) => {
  response.setHeader('x-served-by', 'express');
  next();
});
legacy.get('/native', (_request, response) => {
  response.json({ native: true });
});

const providerModule = defineModule({
  name: 'providerModule',
  bind: ({ bind }) => bind(HttpProvider).toConstantValue(new ExpressProvider(legacy)),
});

const app = await createApplication({ modules: [greetingModule, providerModule] });
await app.listen({ port: Number(process.env['PORT'] ?? 8080), host: '127.0.0.1' });
