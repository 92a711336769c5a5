export { ExpressProvider, type ExpressProviderOptions } from './express-provider.js';
