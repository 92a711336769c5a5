import type { FastifyServerOptions } from 'fastify';
import { customOption, type OptionRule, type OptionRules } from '../../foundation/index.js';

/** What the server says that Bowline owns, and where it is said. */
const serverOptions = {
  bodyLimit: 'limits.body',
  clientErrorHandler: undefined,
  connectionTimeout: 'timeouts.head and timeouts.request',
  forceCloseConnections: 'drainTimeout of the application',
  http: 'limits and timeouts',
  http2: undefined,
  http2SessionTimeout: undefined,
  https: 'tls',
  keepAliveTimeout: 'timeouts.keepAlive',
  maxRequestsPerSocket: undefined,
  requestTimeout: 'timeouts.request',
  return503OnClosing: undefined,
  serverFactory: undefined,
} as const;

/** Fastify's own options, without those of the server that Bowline owns. */
export type FastifyOptions = Omit<FastifyServerOptions, keyof typeof serverOptions>;

// Fastify has no list of its own that could be asked; the compiler holds this one to its types.
const fastifyOptions: Readonly<Record<keyof FastifyOptions, true>> = {
  ajv: true,
  allowErrorHandlerOverride: true,
  allowUnsafeRegex: true,
  caseSensitive: true,
  childLoggerFactory: true,
  constraints: true,
  disableRequestLogging: true,
  exposeHeadRoutes: true,
  frameworkErrors: true,
  genReqId: true,
  handlerTimeout: true,
  ignoreDuplicateSlashes: true,
  ignoreTrailingSlash: true,
  logController: true,
  logger: true,
  loggerInstance: true,
  maxParamLength: true,
  onConstructorPoisoning: true,
  onProtoPoisoning: true,
  pluginTimeout: true,
  querystringParser: true,
  requestIdHeader: true,
  requestIdLogLabel: true,
  rewriteUrl: true,
  routerOptions: true,
  schemaController: true,
  schemaErrorFormatter: true,
  serializerOpts: true,
  trustProxy: true,
  useSemicolonDelimiter: true,
};

/** What FastifyProvider takes; beside an instance nothing else. */
export function fastifyRules(instance: OptionRule, isGiven: boolean): OptionRules {
  const own = isGiven ? customOption('left out beside an instance, which has its own', () => false) : any;
  return {
    instance,
    ...Object.fromEntries(Object.keys(fastifyOptions).map((name) => [name, own])),
    ...Object.fromEntries(Object.entries(serverOptions).map(([name, ours]) => [name, ownedRule(ours)])),
  };
}

const any: OptionRule = customOption('anything', () => true);

function ownedRule(ours: string | undefined): OptionRule {
  const mend = ours === undefined ? '' : `; the options of the server have ${ours} instead`;
  return customOption(`left out: Bowline owns the server${mend}`, () => false);
}
