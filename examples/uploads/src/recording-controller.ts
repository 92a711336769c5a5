import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Body, Controller, HttpCode, Post, Signal, UploadedFile, UploadedStream } from 'bowline';
import { Length } from 'class-validator';

export class RecordingFields {
  @Length(1, 80) title!: string;
}

@Controller('/recordings')
export class RecordingController {
  /** Called at the first bytes of the file; nothing is kept, however large it is. The title has to come before it. */
  @Post()
  @HttpCode(201)
  async upload(
    @Body() { title }: RecordingFields,
    @UploadedFile('recording', { to: 'stream', maxSize: 2 * 1024 ** 3 }) file: UploadedStream,
    @Signal() signal: AbortSignal,
  ) {
    const hash = createHash('sha256');
    await pipeline(file.stream, hash, { signal });
    return { title, name: file.name, size: file.size, sha256: hash.digest('hex') };
  }
}
