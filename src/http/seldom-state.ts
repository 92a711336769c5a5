import type { Readable } from 'node:stream';
import type { BodyStream } from './body/body-stream.js';
import type { CookieStore } from './cookies.js';
import type { Trailers } from './hints-and-trailers.js';
import type { RequestDeadline } from './request-deadlines.js';

/**
 * What a context keeps for calls that ask for it. Most ask for none of it, and each member of the context itself would be
 * set for every request: a dozen of them is two per cent of a small one.
 */
export class SeldomState {
  cookies: CookieStore | undefined = undefined;
  id: string | undefined = undefined;
  state: Record<string, unknown> | undefined = undefined;
  abort: AbortController | undefined = undefined;
  deadline: RequestDeadline | undefined = undefined;
  /** What was answered in place of the handler. */
  late: Error | undefined = undefined;
  /** The body where it is read as a stream. */
  body: BodyStream | undefined = undefined;
  /** How much of the body had come when it was last looked at. */
  progress = 0;
  /** The answer that is a stream: its end, and where it comes from until its first piece is there. */
  sending: Promise<void> | undefined = undefined;
  source: Readable | undefined = undefined;
  /** That stream, also when it has begun. */
  streamed: Readable | undefined = undefined;
  trailers: Trailers | undefined = undefined;
}
