export { createHttpServer, HttpServer } from './http-server.js';
export type { ListenAddress } from './listen-address.js';
