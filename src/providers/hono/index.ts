export { HonoProvider, type HonoProviderOptions } from './hono-provider.js';
