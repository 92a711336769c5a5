import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { BadRequestError } from '../http-errors-by-status.js';
import type { ResolvedLimits } from '../server-options.js';
import type { BodyKind } from './body-kind.js';
import { parseForm } from './parse-form.js';
import { parseJson } from './parse-json.js';

/** RFC 9112 6.3: a request has a body if it says how long it is. */
export function hasBody(request: Pick<IncomingMessage, 'headers'>): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

export function parseBody(bytes: Buffer, kind: BodyKind, limits: ResolvedLimits): unknown {
  switch (kind) {
    case 'json':
      return bytes.length === 0 ? undefined : parseJson(decodeUtf8(bytes), limits.jsonDepth);
    case 'form':
      return parseForm(decodeUtf8(bytes), limits.formFields);
    case 'text':
      return decodeUtf8(bytes);
    case 'bytes':
    case 'stream':
      return bytes;
    case 'multipart':
      throw new Error('A form with files is not read at once: declare its files with @UploadedFile or @UploadedFiles.');
  }
}

/** 400 where the bytes are not UTF-8; a byte order mark is dropped. */
export function decodeUtf8(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  // What is no UTF-8 has become this character, which a body may have on purpose.
  if (text.includes('\ufffd') && !isUtf8(bytes)) throw new BadRequestError('The body is not valid UTF-8.');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
