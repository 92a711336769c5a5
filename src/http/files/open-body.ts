import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { BowlineError } from '../../foundation/index.js';
import type { HttpContext } from '../http-context.js';
import { UnsupportedMediaTypeError } from '../http-errors-by-status.js';

/** The body of a request, which nobody has begun to read. */
export function openBody({ route, method, path }: HttpContext, incoming: IncomingMessage): Readable {
  if (incoming.readableDidRead)
    throw new BowlineError('BOW_BODY_TAKEN', {
      route: route === undefined ? `${method} ${path}` : `${route.controller}.${route.handler}`,
    });
  const encoding = incoming.headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return incoming;
  throw new UnsupportedMediaTypeError(`The Content-Encoding '${encoding.slice(0, 40)}' is not taken here.`, {
    headers: { 'accept-encoding': 'identity' },
  });
}
