import { BowlineError, missingPackageOf } from './errors.js';

/**
 * Imports what stands on an optional package. Throws BOW_PACKAGE_MISSING, with the command that installs it, where the
 * package is not there; any other failure is passed on.
 */
export async function importOptional<T>(load: () => Promise<T>, neededBy: string): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const missing = missingPackageOf(cause);
    if (missing === undefined) throw cause;
    throw new BowlineError('BOW_PACKAGE_MISSING', { package: missing, neededBy }, { cause });
  }
}
