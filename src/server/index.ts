export type { Generation } from './connections.js';
export type { DrainReport } from './drain.js';
export { createHttpServer, HttpServer, type HttpServerServices } from './http-server.js';
export type { ListenAddress } from './listen-address.js';
