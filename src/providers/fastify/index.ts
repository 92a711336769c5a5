export { FastifyProvider, type FastifyProviderOptions } from './fastify-provider.js';
