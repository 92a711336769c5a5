import { createReadStream, type Stats } from 'node:fs';
import type { Readable } from 'node:stream';
import { NotFoundError, PreconditionFailedError, RangeNotSatisfiableError } from '../http-errors-by-status.js';
import { rangeThatCounts, type FileRequest } from './byte-range.js';
import { isInside } from './is-inside.js';
import type { SendFileOptions } from './send-file-options.js';

/** An answer that is ready to be given. */
export interface OpenedFile {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Undefined where no body is sent, as for HEAD. */
  readonly body: Readable | undefined;
}

/** What `send` expects of a response: it writes the head, and the body is taken from its hand. */
class FileHead {
  readonly headersSent = false;
  readonly headers: Map<string, string>;
  readonly end: () => void;
  statusCode: number;

  constructor(status: number, headers: ReadonlyMap<string, string>, end: () => void) {
    this.statusCode = status;
    this.headers = new Map(headers);
    this.end = end;
  }

  getHeader(name: string): string | undefined {
    return this.headers.get(name.toLowerCase());
  }

  setHeader(name: string, value: string | number): void {
    this.headers.set(name.toLowerCase(), String(value));
  }

  removeHeader(name: string): void {
    this.headers.delete(name.toLowerCase());
  }
}

/**
 * Finds a file and decides by the conditions and ranges of the request what is answered: 200, 206 or 304. `headers` are
 * what has been set already, and stand before what the file says of itself. Gives 'folder' for a folder. Rejects with a
 * 404, 412 or 416, and with the error of the file system where the file is there and cannot be read.
 */
export async function openFile(
  request: FileRequest,
  path: string,
  options: Omit<SendFileOptions, 'filename' | 'type'>,
  { status = 200, headers = new Map() }: { status?: number; headers?: ReadonlyMap<string, string> } = {},
): Promise<OpenedFile | 'folder'> {
  // Nothing of it is needed before the first file is asked for.
  const { default: send } = await import('send');
  if (!path.isWellFormed() || path.includes('\0')) throw new NotFoundError();
  const { dotfiles, symlinks = 'inside', ...rest } = options;
  const { root } = rest;
  if (root !== undefined && symlinks === 'inside' && !(await isInside(root, path))) throw new NotFoundError();
  const asked = { method: request.method, headers: { ...request.headers } };
  delete asked.headers.range;
  delete asked.headers['if-range'];
  return new Promise((resolve, reject) => {
    const answer = (body?: Readable): void => resolve({ status: head.statusCode, headers: head.headers, body });
    const head = new FileHead(status, headers, answer);
    let isFile = false;
    // It decodes what it is given, and this is a path and no part of a URL.
    const sending = send(asked as never, encodeURIComponent(path), {
      ...rest,
      index: false,
      dotfiles: dotfiles === 'allow' ? 'allow' : 'ignore',
    });
    sending.on('file', (_path: string, stats: Stats) => {
      isFile = stats.isFile();
      // To open a pipe would wait for whoever writes into it.
      if (!isFile) reject(new NotFoundError());
      const changed = rest.lastModified === false ? undefined : stats.mtime.toUTCString();
      // The tag of a file is weak, so that only one that was set can be told by If-Range.
      const known = { etag: headers.get('etag'), lastModified: headers.get('last-modified') ?? changed };
      const range = rangeThatCounts(request, stats.size, known);
      if (range !== undefined) asked.headers.range = range;
    });
    sending.on('directory', () => resolve('folder'));
    sending.on('error', (error: SendError) => reject(toError(error)));
    sending.stream = (file, range: { readonly start: number; readonly end: number }) => {
      if (isFile) answer(createReadStream(file, { start: range.start, end: range.end }));
    };
    sending.pipe(head as never);
  });
}

interface SendError extends NodeJS.ErrnoException {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What it refuses (400 and 403) is there for nobody, and so is what it does not find. */
function toError(error: SendError): Error {
  switch (error.status) {
    case 412:
      return new PreconditionFailedError();
    case 416:
      return new RangeNotSatisfiableError(undefined, { headers: lowerCased(error.headers) });
    case 500:
      return error;
    default:
      return new NotFoundError(undefined, { cause: error });
  }
}

function lowerCased(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
