import { Readable } from 'node:stream';
import {
  appendMetadata,
  currentCall,
  durationOption,
  forbidRetries,
  requireOption,
  ShuttingDownError,
  type Timer,
} from '../../foundation/index.js';
import { readsCurrentCallKey, type PlainOf } from '../../http/index.js';
import { policyFreeKey, type AttemptContext } from '../../resilience/index.js';
import { loadPlainOf } from '../../validation/index.js';
import { AnswerReaders, type AnswerBody, type AnswerType } from './answer-readers.js';
import { resolveClientOptions, type HttpClientOptions, type ResolvedHttpClientOptions } from './client-options.js';
import { ClientRequest, type ClientServices } from './client-request.js';
import { Connections } from './connections.js';
import { encodeBody, isSentOnce } from './request-body.js';
import { requireRequestOptions, type HttpResponse, type RequestOptions } from './request-options.js';
import { resolveTarget } from './request-target.js';
import { RunningWork } from './running-work.js';

/**
 * Makes requests to one service, over connections that are kept, through the policies of a pipeline. Every attempt says how much
 * time is left (`x-request-timeout-ms`), and which request and trace it belongs to. What fails is an HttpClientError,
 * except for refusals, those of a Bowline server included: they are the same errors here as there.
 *
 * ```ts
 * const stock = new HttpClient({ baseUrl: 'http://stock:3000', pipeline: pipeline(retry(), circuitBreaker()) });
 * const item = await stock.get('/items/:sku', { params: { sku: 'rope' }, as: Item });
 * ```
 *
 * In a container, extend it: the class of yours is the identifier. It is closed with the application, after all that injects it.
 */
export class HttpClient {
  readonly #options: ResolvedHttpClientOptions;
  readonly #services: ClientServices;
  readonly #stop = new AbortController();
  #state: 'open' | 'closing' | 'closed' = 'open';
  #closed: Promise<void> | undefined;
  #plainOf: Promise<PlainOf | undefined> | undefined;

  /** Throws a BootError for wrong options, and BOW_PACKAGE_MISSING where undici is not installed. */
  constructor(options: HttpClientOptions) {
    this.#options = resolveClientOptions(options, new.target);
    this.#services = {
      options: this.#options,
      connections: new Connections(this.#options),
      readers: new AnswerReaders(),
      work: new RunningWork(),
      stop: this.#stop.signal,
    };
  }

  /** As errors call it. */
  get name(): string {
    return this.#options.name;
  }

  get<A extends AnswerType | undefined = undefined>(
    path: string,
    options?: Omit<RequestOptions<A>, 'body'>,
  ): Promise<AnswerBody<A>> {
    return this.#bodyOf('GET', path, options);
  }

  post<A extends AnswerType | undefined = undefined>(
    path: string,
    options?: RequestOptions<A>,
  ): Promise<AnswerBody<A>> {
    return this.#bodyOf('POST', path, options);
  }

  put<A extends AnswerType | undefined = undefined>(path: string, options?: RequestOptions<A>): Promise<AnswerBody<A>> {
    return this.#bodyOf('PUT', path, options);
  }

  patch<A extends AnswerType | undefined = undefined>(
    path: string,
    options?: RequestOptions<A>,
  ): Promise<AnswerBody<A>> {
    return this.#bodyOf('PATCH', path, options);
  }

  delete<A extends AnswerType | undefined = undefined>(
    path: string,
    options?: RequestOptions<A>,
  ): Promise<AnswerBody<A>> {
    return this.#bodyOf('DELETE', path, options);
  }

  /** The answer without a body, which HEAD has none of. */
  head(path: string, options?: Omit<RequestOptions, 'body' | 'as'>): Promise<HttpResponse<undefined>> {
    return this.request('HEAD', path, options) as Promise<HttpResponse<undefined>>;
  }

  /**
   * The answer with its status and headers. Redirections are not followed: they are answers, with a status that is no success.
   * Rejects with an HttpClientError, a refusal, the TimedOutError of a policy, or the reason of the signal.
   */
  async request<A extends AnswerType | undefined = undefined>(
    method: string,
    path: string,
    options: RequestOptions<A> = {},
  ): Promise<HttpResponse<AnswerBody<A>>> {
    const { work } = this.#services;
    work.begin();
    try {
      if (this.#state !== 'open') throw new ShuttingDownError(this.name);
      return (await this.#send(method.toUpperCase(), path, options)) as HttpResponse<AnswerBody<A>>;
    } finally {
      work.end();
      // Where it was not sent, or not to its end, it would stay open.
      if (options.body instanceof Readable) options.body.destroy();
    }
  }

  /**
   * Begins no new request, which is refused with a ShuttingDownError, lets those that run end, and closes all connections. What
   * has not ended after `timeout` milliseconds (`closeTimeout`) is aborted. Later calls join the first. Throws
   * BOW_OPTION_INVALID for a `timeout` that is none.
   */
  close({ timeout = this.#options.closeTimeout }: { readonly timeout?: number } = {}): Promise<void> {
    requireOption('timeout of close(...)', timeout, durationOption());
    this.#closed ??= this.#close(timeout);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #bodyOf<A extends AnswerType | undefined>(
    method: string,
    path: string,
    options: RequestOptions<A> | undefined,
  ): Promise<AnswerBody<A>> {
    const { body } = await this.request<A>(method, path, options);
    return body;
  }

  async #send(method: string, path: string, options: RequestOptions): Promise<HttpResponse> {
    const services = this.#services;
    // Whoever repeats the caller would send the same again, of which nothing is left.
    if (isSentOnce(options.body)) forbidRetries(options.signal, currentCall());
    const target = resolveTarget(this.#options, method, path, options.params, options.query);
    requireRequestOptions(options, target);
    const plainOf = options.body === undefined ? undefined : await (this.#plainOf ??= loadPlainOf());
    const request = new ClientRequest(services, target, options, encodeBody(options.body, target, plainOf));
    try {
      const answer = this.#options.pipeline.execute((attempt) => this.#attempt(request, attempt), request.call);
      // Without a fallback, which is refused, there is nothing else.
      return (await answer) as HttpResponse;
    } finally {
      request.release();
    }
  }

  #attempt(request: ClientRequest, attempt: AttemptContext): Promise<HttpResponse> {
    // Those that waited for another attempt meanwhile.
    if (this.#state === 'closed') return Promise.reject(new ShuttingDownError(this.name));
    return request.attempt(attempt);
  }

  async #close(timeout: number): Promise<void> {
    this.#state = 'closing';
    const { clock, name } = this.#options;
    const { work, connections } = this.#services;
    let timer: Timer | undefined;
    const isOver = new Promise<void>((resolve) => {
      timer = clock.schedule(resolve, timeout);
    });
    await Promise.race([work.idle(), isOver]);
    timer?.cancel();
    this.#state = 'closed';
    const reason = new DOMException(`The client '${name}' was closed before the answer had come.`, 'AbortError');
    this.#stop.abort(reason);
    await connections.destroy(reason);
  }
}

// The routes above it keep the context that the headers come from.
appendMetadata(readsCurrentCallKey, HttpClient, true);
// It is closed also while the circuit of its class is open.
appendMetadata(policyFreeKey, HttpClient, 'close');

/** The same as `new HttpClient(options)`. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  return new HttpClient(options);
}
