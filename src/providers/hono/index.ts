export { fromHono } from './from-hono.js';
export { HonoProvider, type HonoProviderOptions } from './hono-provider.js';
