export { HostedHttpServer, type HostedHttpServerOptions } from './hosted-http-server.js';
export { createHttpServer, HttpServer } from './http-server.js';
export type { ListenAddress } from './listen-address.js';
