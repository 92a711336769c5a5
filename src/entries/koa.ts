export { fromKoa, KoaProvider, type KoaProviderOptions } from '../providers/koa/index.js';
