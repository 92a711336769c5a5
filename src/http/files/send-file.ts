import type { IncomingHttpHeaders } from 'node:http';
import { isAbsolute } from 'node:path';
import { Readable } from 'node:stream';
import { BootReport, checkOptions } from '../../foundation/index.js';
import { NotFoundError } from '../http-errors-by-status.js';
import type { Answerable } from '../reply.js';
import { sendFileRules, type SendFileOptions } from './send-file-options.js';
import { openFile, type OpenedFile } from './open-file.js';

/** What the sending of a file needs of a context. */
export interface FileAnswerable extends Answerable {
  readonly headers: IncomingHttpHeaders;
  readonly outgoing: Record<string, string | string[]> | undefined;
}

/** Answers with a file. Rejects as {@link openFile} does, with a 404 for a folder, and where it is called wrongly. */
export async function sendFile(ctx: FileAnswerable, path: string, options: SendFileOptions = {}): Promise<void> {
  requireCall(path, options);
  const { filename, type, ...rest } = options;
  const opened = await openFor(ctx, path, rest, type);
  if (opened === 'folder') throw new NotFoundError();
  await answerFile(ctx, opened, filename);
}

/** The same as {@link openFile} for the request of a context, with what has been set there. */
export function openFor(
  ctx: FileAnswerable,
  path: string,
  options: Omit<SendFileOptions, 'filename' | 'type'>,
  type?: string,
): Promise<OpenedFile | 'folder'> {
  const { method, statusCode = 200, outgoing = {} } = ctx;
  // Conditions and ranges are about what GET would answer with 200 (RFC 9110 13.2.1 and 14.2).
  const isPlain = statusCode === 200 && (method === 'GET' || method === 'HEAD');
  const headers = new Map(Object.entries(outgoing).map(([name, value]) => [name, String(value)]));
  if (type !== undefined) headers.set('content-type', type);
  return openFile({ method, headers: isPlain ? ctx.headers : {} }, path, options, { status: statusCode, headers });
}

export function answerFile(ctx: FileAnswerable, file: OpenedFile, filename?: string): Promise<void> {
  const { status, headers, body } = file;
  for (const name of Object.keys(ctx.outgoing ?? {})) if (!headers.has(name)) delete ctx.outgoing?.[name];
  for (const [name, value] of headers) if (!Array.isArray(ctx.outgoing?.[name])) ctx.set(name, value);
  if (status === 304) {
    ctx.answer(304, undefined, undefined);
    return Promise.resolve();
  }
  if (filename !== undefined) ctx.set('content-disposition', attachmentOf(filename));
  return ctx.answerStream(status, undefined, body ?? Readable.from([]));
}

/** RFC 6266: the name in ASCII for old clients, and as it is, in the encoding of RFC 8187, where that is not all of it. */
function attachmentOf(filename: string): string {
  const name = filename.toWellFormed().replaceAll(/[\\/]/g, '_');
  const plain = name.replaceAll(/[^\u0020-\u007e]/g, '?');
  const quoted = `attachment; filename="${plain.replaceAll('"', String.raw`\"`)}"`;
  // Some clients decode what looks encoded.
  if (plain === name && !/%[0-9a-f]{2}/i.test(name)) return quoted;
  return `${quoted}; filename*=UTF-8''${encodeURIComponent(name).replaceAll(/['()*]/g, toPercent)}`;
}

function toPercent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function requireCall(path: string, options: SendFileOptions): void {
  if (typeof path !== 'string') throw new TypeError('The path of a file is a string.');
  if (options.root === undefined && !isAbsolute(path))
    throw new TypeError('sendFile takes an absolute path, or a path below the root that is given beside it.');
  const report = new BootReport();
  checkOptions(report, 'sendFile', options, sendFileRules);
  const [problem] = report.problems;
  if (problem !== undefined) throw new TypeError(problem.message);
}
