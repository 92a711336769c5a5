/** Where the bytes of an uploaded file go. */
export type FileTarget = 'disk' | 'memory' | 'stream';

/** What one uploaded file may be. */
export interface FileOptions {
  /** Bytes of one file; beyond it 413. Stands in place of the server's `limits.multipart.fileSize`. */
  readonly maxSize?: number;
  /**
   * The types that are taken, as `image/png` or `image/*`; others are a 415. Judged by the first bytes and never by the
   * name; needs the package file-type. Text types have to be named, or meant by `text/*`. @default every type, unexamined
   */
  readonly type?: string | readonly string[];
}

/** What `@UploadedFile` may be told. */
export interface UploadedFileOptions<
  To extends FileTarget = FileTarget,
  Required extends boolean = boolean,
> extends FileOptions {
  /** A temporary file, bytes in memory, or a stream that is read while it arrives. @default 'disk' */
  readonly to?: To;
  /** Without the file the request is a 400. @default true */
  readonly required?: Required;
}

/** What `@UploadedFiles` may be told. */
export interface UploadedFilesOptions<
  To extends Exclude<FileTarget, 'stream'> = 'disk' | 'memory',
> extends FileOptions {
  /** Temporary files, or bytes in memory. @default 'disk' */
  readonly to?: To;
  /** How many are taken; beyond it 413. @default the server's `limits.multipart.files` */
  readonly maxCount?: number;
  /** Without one file the request is a 400; else the list is then empty. @default true */
  readonly required?: boolean;
}

/** One parameter for files, with its defaults filled in. */
export interface FileRule {
  /** The field; undefined for the files of every field that has no parameter of its own. */
  readonly name: string | undefined;
  readonly to: FileTarget;
  readonly list: boolean;
  readonly maxSize: number;
  readonly maxCount: number;
  readonly required: boolean;
  /** Lower case; empty where every type is taken. */
  readonly types: readonly string[];
}
