export { FastifyProvider, type FastifyProviderOptions } from '../providers/fastify/index.js';
