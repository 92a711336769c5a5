export { KoaProvider, type KoaProviderOptions } from './koa-provider.js';
