export { HonoProvider, type HonoProviderOptions } from '../providers/hono/index.js';
export { fromHono } from '../providers/hono/from-hono.js';
