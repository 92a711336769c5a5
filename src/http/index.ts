export { hasNoBody, headersOf, joinVary } from './answer-headers.js';
export { callOf } from './answering-call.js';
export type { BodyKind } from './body/body-kind.js';
export { hasBody } from './body/parse-body.js';
export { isBodyRead, isEnding, leaveRest, noteBody } from './body/leave-body.js';
export { readBytes } from './body/read-bytes.js';
export { createContextServices, type ContextServices } from './context-services.js';
export { CookieStore, type CookieOptions } from './cookies.js';
export { ambientRequest, currentContext, CurrentRequest, readsCurrentCallKey } from './current-context.js';
export { ErrorFormat, nestFormat, problemFormat, type FailedCall, type FormattedError } from './error-format.js';
export { fail, forgetBody, formatSafely, logFailure, refuse } from './fail.js';
export { checkHeader, connectionHeaders } from './check-header.js';
export type { FilePipe } from './files/file-pipe.js';
export type {
  FileOptions,
  FileRule,
  FileTarget,
  UploadedFileOptions,
  UploadedFilesOptions,
} from './files/file-rules.js';
export type { ReceivedForm } from './files/form-reader.js';
export { resolveMultipartLimits } from './files/multipart-limits.js';
export { patternProblem } from './files/judge-type.js';
export { pointerTo, shown } from './files/read-parts.js';
export { RouteFiles } from './files/route-files.js';
export { DiskFile, MemoryFile, UploadedStream, type FileFacts, type StoredFile } from './files/uploaded-file.js';
export { Uploads } from './files/uploads.js';
export { fileCacheRules, type FileCacheOptions, type SendFileOptions } from './files/send-file-options.js';
export { StaticFolder, type StaticOptions } from './files/static-folder.js';
export { HttpContext, type NativeExchange, type OutgoingHeaders, type QueryValues } from './http-context.js';
export type { EarlyHints, TrailerValues } from './hints-and-trailers.js';
export { statusOfRefusal } from './refusal-answer.js';
export { HttpError, isHttpError, type HttpErrorOptions } from './http-error.js';
export {
  BadGatewayError,
  BadRequestError,
  ConflictError,
  ContentTooLargeError,
  ExpectationFailedError,
  FailedDependencyError,
  ForbiddenError,
  GatewayTimeoutError,
  GoneError,
  HttpVersionNotSupportedError,
  ImATeapotError,
  InsufficientStorageError,
  InternalServerError,
  LengthRequiredError,
  LockedError,
  LoopDetectedError,
  MethodNotAllowedError,
  MisdirectedRequestError,
  NetworkAuthenticationRequiredError,
  NotAcceptableError,
  NotExtendedError,
  NotFoundError,
  NotImplementedError,
  PaymentRequiredError,
  PreconditionFailedError,
  PreconditionRequiredError,
  ProxyAuthenticationRequiredError,
  RangeNotSatisfiableError,
  RequestHeaderFieldsTooLargeError,
  RequestTimeoutError,
  ServiceUnavailableError,
  TooEarlyError,
  TooManyRequestsError,
  UnauthorizedError,
  UnavailableForLegalReasonsError,
  UnprocessableContentError,
  UnsupportedMediaTypeError,
  UpgradeRequiredError,
  UriTooLongError,
  VariantAlsoNegotiatesError,
} from './http-errors-by-status.js';
export { httpMethods, type HttpMethod } from './http-method.js';
export { HttpProvider, type MountedProvider, type ProviderCapabilities, type ProviderRules } from './http-provider.js';
export { answerOfNative } from './native-error.js';
export { nodeHttp, nodeHttps } from './node-http.js';
export { NodeContext } from './node-context.js';
export { compileTrust, type Trust, type TrustProxyOption } from './proxy-trust.js';
export { sentTarget, showPlainTarget } from './plain-target.js';
export {
  jsonText,
  jsonType,
  reply,
  replyWithStatus,
  sendValue,
  type Answerable,
  type PlainOf,
  type Replied,
  type ToText,
} from './reply.js';
export { exactly, unfailing } from './reply-stream.js';
export { cutOff } from './socket-of.js';
export type {
  FileDescription,
  ParameterDescription,
  ParameterSource,
  ResponseDescription,
  RouteDescription,
  ValidationDescription,
} from './route-description.js';
export type { Route, RouteEntry, RouteHandler, RouteMatch, RouteTable } from './route.js';
export { lateAt } from './request-deadlines.js';
export { defaultDeadline, defaultLimits, defaultTimeouts } from './server-defaults.js';
export type {
  DeadlineOptions,
  LimitOptions,
  MultipartLimitOptions,
  PrefixOptions,
  ResolvedDeadlineOptions,
  ResolvedLimits,
  ResolvedMultipartLimits,
  ResolvedServerOptions,
  ResolvedTimeouts,
  ServerOptions,
  TimeoutOptions,
  TlsOptions,
  VersioningOptions,
} from './server-options.js';
export {
  stageKinds,
  stageMethods,
  type StageDescription,
  type StageKind,
  type StageLevel,
} from './stage-description.js';
export type {
  ExceptionFilter,
  ExceptionFilterFunction,
  Guard,
  GuardFunction,
  Interceptor,
  InterceptorFunction,
  Middleware,
  MiddlewareFunction,
  Next,
  Pipe,
  PipeArgument,
  PipeFunction,
} from './stages.js';
export { isValidHost } from './valid-host.js';
export { tellClosed } from './when-closed.js';
