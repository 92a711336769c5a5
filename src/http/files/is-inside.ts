import { realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { NotFoundError } from '../http-errors-by-status.js';

/** Whether a path below `root` is still below it when its symbolic links are followed. Rejects with a 404 for what is not there. */
export async function isInside(root: string, path: string): Promise<boolean> {
  const named = join(resolve(root), path);
  const real = await realpath(named).catch((error: unknown) => {
    throw missing.includes((error as NodeJS.ErrnoException).code ?? '')
      ? new NotFoundError(undefined, { cause: error })
      : error;
  });
  // Nearly always, and the root need not be looked at.
  if (real === named) return true;
  const realRoot = await realpath(root);
  return real === realRoot || real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep);
}

const missing: readonly string[] = ['ELOOP', 'ENAMETOOLONG', 'ENOENT', 'ENOTDIR'];
