export { NodeProvider } from './node-provider.js';
