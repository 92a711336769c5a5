import { createHash } from 'node:crypto';
import { Body, Controller, HttpCode, MemoryFile, Post, UploadedFiles } from 'bowline';
import { IsInt, Length, Max, Min } from 'class-validator';

export class AlbumFields {
  @Length(1, 80) title!: string;
  @IsInt() @Min(1900) @Max(2100) year!: number;
}

@Controller('/albums')
export class AlbumController {
  /** Several small files are simplest in memory. The texts of the form are converted by the types of the class. */
  @Post()
  @HttpCode(201)
  create(
    @UploadedFiles('photos', { to: 'memory', type: 'image/*', maxSize: 1_000_000, maxCount: 5 }) photos: MemoryFile[],
    @Body() { title, year }: AlbumFields,
  ) {
    const checked = photos.map(({ name, type, size, bytes }) => ({ name, type, size, sha256: sha256(bytes) }));
    return { title, year, photos: checked };
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
