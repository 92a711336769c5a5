export { ExpressProvider, type ExpressProviderOptions } from '../providers/express/index.js';
