import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { parse as parseContentType } from 'content-type';
import { isUtf8Name } from '../body/content-type.js';
import { BadRequestError, ContentTooLargeError, UnsupportedMediaTypeError } from '../http-errors-by-status.js';
import type { ResolvedMultipartLimits } from '../server-options.js';
import { toFileName } from './file-name.js';
import type { FileRule } from './file-rules.js';
import { judgedBytes, judgeType, type JudgedFile, type TypeDetector } from './judge-type.js';
import { pointerTo, shown, type Part, type PartReader } from './read-parts.js';
import type { TemporaryFile, TemporaryFiles } from './temporary-files.js';
import { DiskFile, MemoryFile, UploadedStream, type FileFacts, type UploadedFileValue } from './uploaded-file.js';

/** The fields of a form; a repeated one is a list. */
export type FormFields = Record<string, string | string[]>;

/** What a form had, whole or until its streamed file began. */
export interface ReceivedForm {
  readonly fields: Readonly<FormFields>;
  filesOf(rule: FileRule): readonly UploadedFileValue[];
}

export interface FormRules {
  readonly files: readonly FileRule[];
  readonly limits: ResolvedMultipartLimits;
  readonly detect: TypeDetector | undefined;
  readonly temporary: TemporaryFiles;
}

/** Reads one form, part after part, by the rules of its route. */
export class FormReader implements ReceivedForm {
  readonly fields: FormFields = Object.create(null) as FormFields;
  /** What was written for it, to be removed when its exchange is over. */
  readonly written: TemporaryFile[] = [];
  readonly #rules: FormRules;
  readonly #files = new Map<FileRule, UploadedFileValue[]>();
  #fieldCount = 0;
  #fileCount = 0;

  constructor(rules: FormRules) {
    this.#rules = rules;
  }

  filesOf(rule: FileRule): readonly UploadedFileValue[] {
    return this.#files.get(rule) ?? [];
  }

  /**
   * Reads until everything has arrived, or until a streamed file begins; whatever follows that is left out. Rejects with
   * the error that is the answer.
   */
  async read(parts: PartReader): Promise<void> {
    for (let part = await parts.next(); part !== undefined; part = await parts.next()) {
      const file = part.fileName === undefined ? await this.#readField(part) : await this.#readFile(part, parts);
      if (file instanceof UploadedStream) return;
    }
    this.checkMissing();
  }

  /** Throws 400 for a file that has to be there. */
  checkMissing(streamed?: FileRule): void {
    const rule = this.#rules.files.find((each) => each.required && each !== streamed && !this.#files.has(each));
    if (rule === undefined) return;
    const message =
      streamed === undefined ? 'is required' : `is required, and has to be sent before the file '${streamed.name}'`;
    throw refusal(rule.name, 'required', message);
  }

  async #readField({ name, headers, body }: Part): Promise<void> {
    const { fields, fieldSize } = this.#rules.limits;
    if (++this.#fieldCount > fields)
      throw tooMany(`The form has more than the ${fields} fields that are taken here`, name);
    checkEncoding(name, headers);
    checkCharset(name, headers);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > fieldSize)
        throw new ContentTooLargeError(
          `The field '${shown(name)}' is larger than the ${fieldSize} bytes that are taken here.`,
        );
      chunks.push(chunk);
    }
    const bytes = Buffer.concat(chunks, size);
    if (!isUtf8(bytes)) throw new BadRequestError(`The field '${shown(name)}' is not valid UTF-8.`);
    this.#addField(name, bytes.toString('utf8'));
  }

  #addField(name: string, text: string): void {
    const before = this.fields[name];
    if (before === undefined) this.fields[name] = text;
    else if (typeof before === 'string') this.fields[name] = [before, text];
    else before.push(text);
  }

  /** The file, or undefined for an input in which nothing was chosen. */
  async #readFile(part: Part, parts: PartReader): Promise<UploadedFileValue | undefined> {
    const { name, fileName = '', headers, body } = part;
    const rule = this.#ruleFor(name);
    const maxSize = rule?.maxSize ?? this.#rules.limits.fileSize;
    part.limit(maxSize, () => {
      const message = `is larger than the ${maxSize} bytes that are taken here`;
      return new ContentTooLargeError(
        `The file '${shown(name)}' ${message}.`,
        details(name, 'size', message, [maxSize]),
      );
    });
    const head = await readHead(body, rule === undefined || rule.types.length === 0 ? 1 : judgedBytes);
    if (fileName === '' && head.bytes.length === 0) return undefined;
    if (rule === undefined) throw refusal(name, 'unexpected', 'is not taken here');
    this.#checkCounts(rule, name);
    checkEncoding(name, headers);
    const facts: FileFacts = {
      field: name,
      name: toFileName(fileName),
      ...(await this.#typeOf(rule, {
        field: name,
        declared: declaredType(headers),
        head: head.bytes,
        whole: head.ended && head.bytes.length <= judgedBytes,
      })),
    };
    const file = await this.#keep(rule, facts, head.whole, part);
    const files = this.#files.get(rule);
    if (files === undefined) this.#files.set(rule, [file]);
    else files.push(file);
    if (file instanceof UploadedStream) parts.ignoreRest();
    return file;
  }

  #ruleFor(name: string): FileRule | undefined {
    const { files } = this.#rules;
    return files.find((rule) => rule.name === name) ?? files.find((rule) => rule.name === undefined);
  }

  #checkCounts(rule: FileRule, name: string): void {
    const { files } = this.#rules.limits;
    if (++this.#fileCount > files)
      throw tooManyFiles(`The form has more than the ${files} files that are taken here`, name, files);
    const count = this.filesOf(rule).length + 1;
    if (count <= rule.maxCount) return;
    if (!rule.list) throw refusal(name, 'repeated', 'was sent twice, and one is taken');
    throw tooManyFiles(`There are more than the ${rule.maxCount} files that are taken here`, name, rule.maxCount);
  }

  #typeOf(rule: FileRule, file: JudgedFile): Promise<Pick<FileFacts, 'type' | 'typeFrom'>> {
    const { detect } = this.#rules;
    if (rule.types.length === 0 || detect === undefined)
      return Promise.resolve({ type: file.declared, typeFrom: 'client' });
    return judgeType(file, rule.types, detect);
  }

  async #keep(rule: FileRule, facts: FileFacts, content: Readable, part: Part): Promise<UploadedFileValue> {
    switch (rule.to) {
      case 'disk': {
        const file = await this.#rules.temporary.write(content, (chunk) => part.release(chunk));
        this.written.push(file);
        return new DiskFile({ ...facts, size: part.size }, file);
      }
      case 'memory':
        return new MemoryFile(facts, await collect(content));
      case 'stream':
        this.checkMissing(rule);
        return new UploadedStream(facts, content, () => part.size);
    }
  }
}

interface Head {
  readonly bytes: Buffer;
  /** Whether `bytes` is all there is. */
  readonly ended: boolean;
  /** The file from its first byte. */
  readonly whole: Readable;
}

/** At least `wanted` bytes, or all where there are fewer. */
async function readHead(body: Readable, wanted: number): Promise<Head> {
  const chunks: Buffer[] = [];
  let size = 0;
  while (size < wanted && !body.readableEnded) {
    const chunk = body.read() as Buffer | null;
    if (chunk === null) {
      await readable(body);
    } else {
      chunks.push(chunk);
      size += chunk.length;
    }
  }
  const bytes = Buffer.concat(chunks, size);
  const ended = body.readableEnded;
  // What has come to its end takes nothing back.
  if (!ended) body.unshift(bytes);
  return { bytes, ended, whole: ended ? Readable.from([bytes], { objectMode: false }) : body };
}

/** Resolves when there may be something to read, or the end has come. Rejects where it fails before. */
function readable(body: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      body.off('readable', onReadable).off('end', onReadable).off('error', settle).off('close', onClose);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onReadable = (): void => settle();
    const onClose = (): void => settle(body.errored ?? new Error('The part was closed before its end.'));
    if (body.errored !== null) reject(body.errored);
    else body.on('readable', onReadable).on('end', onReadable).on('error', settle).on('close', onClose);
  });
}

async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

function declaredType(headers: Readonly<Record<string, string>>): string {
  const type = parseContentType(headers['content-type'] ?? '').type.toLowerCase();
  return /^[a-z\d!#$&^_.+-]+\/[a-z\d!#$&^_.+-]+$/.test(type) ? type : 'application/octet-stream';
}

/** RFC 7578 4.7: base64 and quoted-printable are history; what is stored encoded would be read as something else. */
function checkEncoding(name: string, headers: Readonly<Record<string, string>>): void {
  const encoding = headers['content-transfer-encoding']?.trim().toLowerCase() ?? 'binary';
  if (['7bit', '8bit', 'binary'].includes(encoding)) return;
  throw new UnsupportedMediaTypeError(
    `The part '${shown(name)}' of the form has the Content-Transfer-Encoding '${encoding.slice(0, 40)}', which is not taken.`,
  );
}

function checkCharset(name: string, headers: Readonly<Record<string, string>>): void {
  const charset = parseContentType(headers['content-type'] ?? '').parameters['charset'];
  if (charset === undefined || isUtf8Name(charset)) return;
  throw new UnsupportedMediaTypeError(
    `The field '${shown(name)}' has the charset '${charset.slice(0, 40)}', which is not taken, only utf-8.`,
  );
}

function tooMany(
  sentence: string,
  name: string,
  listed?: { readonly details: Record<string, unknown> },
): ContentTooLargeError {
  return new ContentTooLargeError(`${sentence}; one of '${shown(name)}' is one too many.`, listed);
}

function tooManyFiles(sentence: string, name: string, count: number): ContentTooLargeError {
  const message = `is one more than the ${count} that are taken here`;
  return tooMany(sentence, name, details(name, 'count', message, [count]));
}

function refusal(name: string | undefined, code: string, message: string): BadRequestError {
  const subject = name === undefined ? 'At least one file' : `The file '${shown(name)}'`;
  return new BadRequestError(`${subject} ${message}.`, details(name ?? '', code, message));
}

function details(
  name: string,
  code: string,
  message: string,
  params?: readonly unknown[],
): { readonly details: Record<string, unknown> } {
  const path = name === '' ? '' : pointerTo(name);
  return { details: { errors: [{ path, in: 'file', code, ...(params === undefined ? {} : { params }), message }] } };
}
