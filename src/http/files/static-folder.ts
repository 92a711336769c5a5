import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { HttpContext } from '../http-context.js';
import { NotFoundError } from '../http-errors-by-status.js';
import type { FileCacheOptions } from './send-file-options.js';
import { answerFile, openFor } from './send-file.js';

/** How a folder is served. */
export interface StaticOptions extends FileCacheOptions {
  /** The server that serves it. @default 'main' */
  readonly server?: string;
  /** The file that stands for the folder it lies in, at a path that ends with a slash. @default 'index.html' */
  readonly index?: string | false;
}

/**
 * Serves the files of a folder to GET and HEAD below a path: what `app.static` makes, and what is bound where there is no
 * application at hand: `bind(StaticFolder).toConstantValue(new StaticFolder('/assets', 'public'))`. Routes of controllers
 * win, and no path leads out of the folder.
 */
export class StaticFolder {
  /** The whole path before the files' own; the prefix of the server does not stand before it. */
  readonly path: string;
  /** The folder, as an absolute path. */
  readonly folder: string;
  readonly options: StaticOptions;

  /** A relative `folder` starts at the working directory. What is wrong with any of them is a problem of the boot. */
  constructor(path: string, folder: string, options: StaticOptions = {}) {
    this.path = path;
    this.folder = typeof folder === 'string' ? resolve(folder) : folder;
    this.options = options;
  }

  /** Answers a request that was routed here. Rejects with a 404 for what is no file, or may not be sent. */
  async serve(ctx: HttpContext): Promise<void> {
    const { server: _server, index = 'index.html', ...options } = this.options;
    const names = namesBelow(this.path, ctx.path);
    if (names === undefined) throw nothingAt(ctx);
    const isFolder = names.at(-1) === '';
    if (names.length === 0 || (isFolder && index === false)) return this.#toFolder(ctx, names, index);
    const path = isFolder ? [...names.slice(0, -1), index].join('/') : names.join('/');
    const opened = await openFor(ctx, path, { ...options, root: this.folder }).catch((error: unknown) => {
      throw error instanceof NotFoundError ? nothingAt(ctx) : error;
    });
    if (opened !== 'folder') return answerFile(ctx, opened);
    if (isFolder) throw nothingAt(ctx);
    return this.#toFolder(ctx, names, index);
  }

  /** The links of a page lead somewhere else as long as its path does not end with the slash of the folder. */
  async #toFolder(ctx: HttpContext, names: readonly string[], index: string | false): Promise<void> {
    if (index === false || !(await isFile(join(this.folder, ...names, index)))) throw nothingAt(ctx);
    const { path, url } = ctx;
    const search = url.indexOf('?');
    ctx.redirect(`${path}/${search === -1 ? '' : url.slice(search)}`, 301);
  }
}

/**
 * The decoded segments of a path below another; undefined where one of them cannot be the name of a file. Dot segments,
 * empty ones and encoded slashes are not resolved: a guard of the native framework would have seen another path.
 */
function namesBelow(base: string, path: string): string[] | undefined {
  const depth = base.split('/').filter((segment) => segment !== '').length;
  const names = path
    .split('/')
    .slice(depth + 1)
    .map(decodeName);
  const isName = (name: string | undefined, position: number): name is string =>
    name === '' ? position === names.length - 1 : name !== undefined && !/^\.{1,2}$|[/\\\0]/.test(name);
  return names.every(isName) ? names : undefined;
}

function decodeName(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

async function isFile(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() === true;
}

function nothingAt(ctx: HttpContext): NotFoundError {
  return new NotFoundError(`There is nothing at ${ctx.path.slice(0, 200)}.`);
}
