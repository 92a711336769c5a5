export { KoaProvider, type KoaProviderOptions } from '../providers/koa/index.js';
export { fromKoa } from '../providers/koa/from-koa.js';
