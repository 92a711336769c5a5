import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Writes all of it to a temporary file, which is removed then; how many bytes it was. */
export async function toTemporaryFile(body: Readable): Promise<number> {
  const path = join(tmpdir(), `bowline-soak-${randomUUID()}`);
  const file = createWriteStream(path);
  try {
    await pipeline(body, file);
    return file.bytesWritten;
  } finally {
    await rm(path, { force: true });
  }
}
