import { parse as parseContentType } from 'content-type';
import { bodyKindOf } from '../body/content-type.js';
import { hasBody } from '../body/parse-body.js';
import type { HttpContext } from '../http-context.js';
import { BadRequestError, ContentTooLargeError } from '../http-errors-by-status.js';
import type { RouteHandler } from '../route.js';
import type { ResolvedMultipartLimits } from '../server-options.js';
import type { FileRule } from './file-rules.js';
import { FormReader, type ReceivedForm } from './form-reader.js';
import { PartReader } from './read-parts.js';
import type { Uploads } from './uploads.js';

/** What is added to the files of a form for its fields and headers, where the server sets no total. */
const besideFiles = 1_048_576;

/** The forms of one route: each is read once, by whichever argument asks first. */
export class RouteFiles {
  readonly rules: FileRule[] = [];
  readonly #uploads: Uploads;
  readonly #limits: ResolvedMultipartLimits;
  readonly #exchanges = new WeakMap<HttpContext, UploadExchange>();

  constructor(uploads: Uploads, limits: ResolvedMultipartLimits) {
    this.#uploads = uploads;
    this.#limits = limits;
  }

  /** What has arrived when everything has, or when the streamed file begins. Rejects with 400, 413 and 415. */
  receive(ctx: HttpContext): Promise<ReceivedForm> {
    let exchange = this.#exchanges.get(ctx);
    if (exchange === undefined) {
      const { rules } = this;
      exchange = new UploadExchange(ctx, {
        rules,
        limits: this.#limits,
        maxSize: this.#maxSize(),
        uploads: this.#uploads,
      });
      this.#exchanges.set(ctx, exchange);
    }
    return exchange.received;
  }

  /** The handler of the route, after which what was received is cleared away. */
  around(handler: RouteHandler): RouteHandler {
    return async (ctx) => {
      try {
        await handler(ctx);
      } finally {
        this.#exchanges.get(ctx)?.end();
      }
    };
  }

  #maxSize(): number {
    const { size } = this.#limits;
    if (size !== undefined) return size;
    const ofFiles = this.rules.reduce((sum, { maxSize, maxCount }) => sum + maxSize * maxCount, 0);
    return Math.min(ofFiles + besideFiles, Number.MAX_SAFE_INTEGER);
  }
}

interface ExchangeOptions {
  readonly rules: readonly FileRule[];
  readonly limits: ResolvedMultipartLimits;
  readonly maxSize: number;
  readonly uploads: Uploads;
}

/** One form and what was made of it. It is over when both the handler has ended and the answer is out or given up. */
class UploadExchange {
  readonly received: Promise<ReceivedForm>;
  readonly #ctx: HttpContext;
  readonly #reader: FormReader;
  #parts: PartReader | undefined;
  #handled = false;
  #closed = false;

  constructor(ctx: HttpContext, options: ExchangeOptions) {
    const { rules, limits, uploads } = options;
    this.#ctx = ctx;
    this.#reader = new FormReader({ files: rules, limits, detect: uploads.detect, temporary: uploads.temporary });
    this.received = this.#receive(options);
    ctx.onClose(() => {
      this.#closed = true;
      this.#clear();
    });
  }

  /** The handler has ended. */
  end(): void {
    this.#handled = true;
    this.#clear();
  }

  async #receive({ limits, maxSize, uploads }: ExchangeOptions): Promise<ReceivedForm> {
    const ctx = this.#ctx;
    const reader = this.#reader;
    if (!hasBody(ctx)) {
      reader.checkMissing();
      return reader;
    }
    const boundary = boundaryOf(ctx.headers['content-type']);
    if (Number(ctx.headers['content-length'] ?? 0) > maxSize)
      throw new ContentTooLargeError(`The form is larger than the ${maxSize} bytes that are taken here.`);
    const body = ctx.stream({ afterAnswer: true });
    const { signal } = ctx;
    signal.throwIfAborted();
    const parts = new PartReader(body, boundary, { limits, maxSize, Splitter: uploads.splitter });
    this.#parts = parts;
    signal.addEventListener('abort', () => parts.fail(signal.reason as Error), { once: true });
    try {
      await reader.read(parts);
    } catch (error) {
      parts.fail(error as Error);
      ctx.giveUpBody();
      throw error;
    }
    return reader;
  }

  #clear(): void {
    if (!this.#handled || !this.#closed) return;
    if (this.#parts !== undefined) {
      this.#parts.fail(new Error('The request is over, and this file was not read to its end.'));
      this.#ctx.giveUpBody();
    }
    for (const file of this.#reader.written) {
      file.remove().catch((error: unknown) => {
        this.#ctx.services.log.warn('A temporary file could not be removed', { path: file.path, error });
      });
    }
  }
}

function boundaryOf(contentType: string | undefined): string {
  bodyKindOf(contentType, ['multipart']);
  const boundary = parseContentType(contentType ?? '').parameters['boundary'];
  // RFC 2046 5.1.1.
  if (boundary !== undefined && boundary.length > 0 && boundary.length <= 70) return boundary;
  throw new BadRequestError('The Content-Type of the form has no boundary, or one of more than 70 characters.');
}
