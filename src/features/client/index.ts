export type { AnswerBody, AnswerType } from './answer-readers.js';
export type { HeaderValues, HttpClientOptions, TlsOptions } from './client-options.js';
export { HttpClientError, type FailedAnswer, type HttpClientErrorCode, type RequestName } from './http-client-error.js';
export { createHttpClient, HttpClient } from './http-client.js';
export { isHttpFailure, isRetryableHttp } from './http-outcomes.js';
export type { HttpResponse, RequestOptions } from './request-options.js';
export type { PathParams, QueryInput, UrlValue } from './request-target.js';
