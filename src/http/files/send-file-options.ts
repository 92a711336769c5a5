import {
  booleanOption,
  customOption,
  durationOption,
  oneOfOption,
  stringOption,
  type OptionRules,
} from '../../foundation/index.js';

/** How a file is kept by whoever gets it, and who may get it. */
export interface FileCacheOptions {
  /** How long a client may keep it without asking: `max-age`. Milliseconds, sent in whole seconds. @default 0 */
  readonly maxAge?: number;
  /** Whether it never changes while that lasts, so that nobody has to ask; give `maxAge` too. @default false */
  readonly immutable?: boolean;
  /** Whether it has a weak ETag, made of its size and the time of its last change. @default true */
  readonly etag?: boolean;
  /** Whether the time of its last change is told. @default true */
  readonly lastModified?: boolean;
  /** Whether a part of it may be asked for. @default true */
  readonly acceptRanges?: boolean;
  /** Whether a name that begins with a dot, of a file or of a folder on the way to it, is 404 or sent. @default 'deny' */
  readonly dotfiles?: 'deny' | 'allow';
  /**
   * Whether symbolic links below the folder are followed only as long as they stay in it, or wherever they lead. What is
   * not followed is 404. @default 'inside'
   */
  readonly symlinks?: 'inside' | 'follow';
}

/** How `sendFile` finds a file and what it says of it. */
export interface SendFileOptions extends FileCacheOptions {
  /**
   * The folder out of which no path leads, and no symbolic link unless `symlinks` says so. A relative one starts at the
   * working directory. Give it whenever a part of the path comes from a client.
   */
  readonly root?: string;
  /** The name under which browsers save the file in place of showing it. */
  readonly filename?: string;
  /** The Content-Type. @default by the ending of the file's name */
  readonly type?: string;
}

export const fileCacheRules: OptionRules = {
  maxAge: durationOption(),
  immutable: booleanOption,
  etag: booleanOption,
  lastModified: booleanOption,
  acceptRanges: booleanOption,
  dotfiles: oneOfOption('deny', 'allow'),
  symlinks: oneOfOption('inside', 'follow'),
};

export const sendFileRules: OptionRules = {
  ...fileCacheRules,
  root: customOption('the path of a folder', (value) => typeof value === 'string' && value !== ''),
  filename: stringOption,
  type: stringOption,
};
