import type { MultipartLimitOptions, ResolvedMultipartLimits } from '../server-options.js';

/** The limits of forms with files where nothing else is said. */
export const defaultMultipartLimits: ResolvedMultipartLimits = resolveMultipartLimits({});

/** Fills in what was not given. */
export function resolveMultipartLimits(given: MultipartLimitOptions): ResolvedMultipartLimits {
  const { size, files = 10, fields = 100 } = given;
  const { fileSize = 10_485_760, fieldSize = 65_536, parts = files + fields } = given;
  const { headerPairs = 16, headerSize = 8_192, nameSize = 200 } = given;
  return { size, files, fileSize, fields, fieldSize, parts, headerPairs, headerSize, nameSize };
}
