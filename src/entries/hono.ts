export { fromHono, HonoProvider, type HonoProviderOptions } from '../providers/hono/index.js';
