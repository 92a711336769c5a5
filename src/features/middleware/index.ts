export { fromExpress, type ConnectMiddleware } from './from-express.js';
