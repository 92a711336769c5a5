import type { IncomingHttpHeaders } from 'node:http';

/** What decides which part of a file is sent, and whether any. */
export interface FileRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/** The validators of the file as it is now. */
export interface Validators {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/**
 * The Range of a request that counts for a file of `size` bytes, with its suffixes no longer than that; undefined where
 * all of it is sent: to any method but GET, to what is no range of bytes, and where If-Range names another state of the file
 * (RFC 9110 13.1.5 and 14.2).
 */
export function rangeThatCounts({ method, headers }: FileRequest, size: number, file: Validators): string | undefined {
  const given = method === 'GET' ? /^bytes=(.*)$/i.exec(headers.range?.trim() ?? '')?.[1] : undefined;
  const ifRange = headers['if-range'];
  if (given === undefined || (typeof ifRange === 'string' && !isSame(ifRange.trim(), file))) return undefined;
  const ranges = given
    .split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '')
    .map((range) => toRange(range, size));
  return ranges.length === 0 || ranges.includes(undefined) ? undefined : `bytes=${ranges.join(',')}`;
}

/** Undefined for what is none, by which the whole header counts for nothing (RFC 9110 14.1.1 and 14.1.2). */
function toRange(range: string, size: number): string | undefined {
  const [, first = '', last = ''] = /^(\d*)-(\d*)$/.exec(range) ?? [];
  if (first !== '') return last === '' || BigInt(first) <= BigInt(last) ? range : undefined;
  if (last === '') return undefined;
  if (Number(last) < size) return range;
  // A file without bytes has no part, but all of it.
  return size === 0 ? undefined : '0-';
}

/** Byte for byte, which no weak tag says, and a date only where it is the very one (RFC 9110 8.8.3.2 and 13.1.5). */
function isSame(ifRange: string, { etag, lastModified }: Validators): boolean {
  return ifRange.startsWith('"') ? ifRange === etag : ifRange === lastModified;
}
