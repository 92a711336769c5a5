export { fromKoa } from './from-koa.js';
export { KoaProvider, type KoaProviderOptions } from './koa-provider.js';
