export { Application } from './application.js';
export type { ListenTarget } from './listen-target.js';
export type { ApplicationOptions } from './application-options.js';
export type { ManagementGuard, ManagementOptions } from './management/management-options.js';
export { assembleApplication, createApplication } from './create-application.js';
export type { InMemoryResponse } from './in-memory-request.js';
export { loadProvider, type LoadableProvider } from './load-provider.js';
export { createPinoLogger, type LoggerOptions } from './pino-logger.js';
