import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { isHttpError } from '../http-error.js';
import { BadRequestError, UnsupportedMediaTypeError } from '../http-errors-by-status.js';

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * The body without its Content-Encoding; the request itself where it has none. It is read as slowly as what comes out of
 * it is taken, so a bomb costs no more than its reader allows. Throws 415 for other codings, and for several at once: each
 * could multiply what the one before has given.
 */
export function decodedBody(request: IncomingMessage): Readable {
  const named = request.headers['content-encoding'];
  if (named === undefined) return request;
  const coding = named.trim().toLowerCase();
  if (coding === 'identity' || coding === '') return request;
  const makeDecoder = Object.hasOwn(decoders, coding) ? decoders[coding] : undefined;
  if (makeDecoder === undefined) throw refusal(coding);
  const decoder = makeDecoder();
  request.on('close', () => {
    if (!request.complete) decoder.destroy(clientLeft());
  });
  decoder.on('close', () => {
    request.unpipe(decoder);
  });
  return request.pipe(decoder);
}

export function clientLeft(): BadRequestError {
  return new BadRequestError('The client left before the body had arrived.');
}

/** What is answered where `source`, which {@link decodedBody} gave for the request, has failed. */
export function toBodyError(error: Error, source: Readable, request: IncomingMessage): Error {
  if (isHttpError(error)) return error;
  const message =
    source === request
      ? 'The body did not arrive whole.'
      : 'The body is not what its Content-Encoding says, or did not arrive whole.';
  return new BadRequestError(message, { cause: error });
}

function refusal(coding: string): UnsupportedMediaTypeError {
  return new UnsupportedMediaTypeError(`The Content-Encoding '${coding.slice(0, 40)}' is not taken here.`, {
    headers: { 'accept-encoding': 'gzip, deflate, br' },
  });
}
