import type { ServiceIdentifier } from 'inversify';
import type {
  ExceptionFilter,
  ExceptionFilterFunction,
  Guard,
  GuardFunction,
  Interceptor,
  InterceptorFunction,
  Middleware,
  MiddlewareFunction,
  Pipe,
  PipeFunction,
  StageKind,
} from '../http/index.js';

type Identifier<T> = ServiceIdentifier<T> & symbol;

/**
 * What is bound under it stands around every request of every server, routes or not: `bind(GlobalMiddleware).to(RequestLog)`. With
 * `whenNamed('admin')`, or in a module for the server `admin`, it is that server's alone. Those of one kind run by their
 * {@link Order}, then in the order in which they were bound.
 */
export const GlobalMiddleware: Identifier<Middleware | MiddlewareFunction> = Symbol('GlobalMiddleware') as never;

/** What is bound under it guards every route of a controller; see {@link GlobalMiddleware} for server and order. */
export const GlobalGuard: Identifier<Guard | GuardFunction> = Symbol('GlobalGuard') as never;

/** What is bound under it stands around every handler of a controller; see {@link GlobalMiddleware} for server and order. */
export const GlobalInterceptor: Identifier<Interceptor | InterceptorFunction> = Symbol('GlobalInterceptor') as never;

/** What is bound under it works on every parameter that comes from the client; see {@link GlobalMiddleware} for server and order. */
export const GlobalPipe: Identifier<Pipe | PipeFunction> = Symbol('GlobalPipe') as never;

/** What is bound under it answers errors that no filter of a route or controller has answered, those without a route too. */
export const GlobalFilter: Identifier<ExceptionFilter | ExceptionFilterFunction> = Symbol('GlobalFilter') as never;

/** The identifiers by the kind of what is bound under them. */
export const globalIdentifiers: Readonly<Record<StageKind, Identifier<unknown>>> = {
  middleware: GlobalMiddleware,
  guard: GlobalGuard,
  interceptor: GlobalInterceptor,
  pipe: GlobalPipe,
  filter: GlobalFilter,
};
