import { parse } from 'content-type';
import { UnsupportedMediaTypeError } from '../http-errors-by-status.js';
import type { BodyKind } from './body-kind.js';

/**
 * The kind of body that a Content-Type announces, out of those that are accepted. Throws 415 for a missing, unexpected
 * or not UTF-8 one: guessing is how two parsers come to disagree.
 */
export function bodyKindOf(header: string | undefined, accepted: readonly BodyKind[]): BodyKind {
  // As nearly all clients write it, and all that a route takes.
  if (header === mediaTypes.json && accepted[0] === 'json') return 'json';
  if (header === undefined || header.trim() === '') {
    if (accepted.includes('bytes')) return 'bytes';
    throw refusal('the request has a body but no Content-Type', accepted);
  }
  const { type, parameters } = parse(header);
  const kind = accepted.find((candidate) => matches(candidate, type));
  if (kind === undefined) throw refusal(`'${type.slice(0, 100)}' is not taken here`, accepted);
  const charset = parameters['charset'];
  if (kind !== 'bytes' && kind !== 'stream' && charset !== undefined && !isUtf8Name(charset)) {
    throw refusal(`the charset '${charset.slice(0, 40)}' is not taken, only utf-8`, accepted);
  }
  return kind;
}

const mediaTypes: Readonly<Record<BodyKind, string>> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain',
  bytes: 'application/octet-stream',
  stream: 'application/octet-stream',
  multipart: 'multipart/form-data',
};

function matches(kind: BodyKind, type: string): boolean {
  switch (kind) {
    case 'json':
      return type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json'));
    case 'form':
      return type === mediaTypes.form;
    case 'text':
      return type.startsWith('text/');
    case 'multipart':
      return type === mediaTypes.multipart;
    case 'bytes':
    case 'stream':
      return true;
  }
}

/** ASCII is a subset, and clients that send it mean it. */
export function isUtf8Name(charset: string): boolean {
  const name = charset.toLowerCase();
  return name === 'utf-8' || name === 'utf8' || name === 'us-ascii';
}

function refusal(reason: string, accepted: readonly BodyKind[]): UnsupportedMediaTypeError {
  const types = accepted.map((kind) => mediaTypes[kind]).join(', ');
  return new UnsupportedMediaTypeError(`The body cannot be read: ${reason}. Send ${types}.`, {
    headers: { accept: types },
  });
}
