import {
  Controller,
  DiskFile,
  MemoryFile,
  ParseFilePipe,
  Post,
  UploadedFile,
  UploadedFiles,
  UploadedStream,
} from 'bowline';

@Controller()
export class OneFile {
  @Post() disk(@UploadedFile('file') _file: DiskFile): void {}
  @Post() toDisk(@UploadedFile('file', { to: 'disk', maxSize: 1, type: 'image/*' }) _file: DiskFile): void {}
  @Post() memory(@UploadedFile('file', { to: 'memory', type: ['image/png', 'image/gif'] }) _file: MemoryFile): void {}
  @Post() stream(@UploadedFile('file', { to: 'stream' }) _file: UploadedStream): void {}
  @Post() optional(@UploadedFile('file', { required: false }) _file?: DiskFile): void {}
  @Post() union(@UploadedFile('file', { required: false }) _file: DiskFile | undefined): void {}
  @Post() required(@UploadedFile('file', { to: 'memory', required: true }) _file: MemoryFile): void {}

  // @ts-expect-error -- a file on the disk has no bytes
  @Post() noBytes(@UploadedFile('file') _file: MemoryFile): void {}
  // @ts-expect-error -- one in memory has no path
  @Post() noPath(@UploadedFile('file', { to: 'memory' }) _file: DiskFile): void {}
  // @ts-expect-error -- one that is streamed has neither
  @Post() noStream(@UploadedFile('file', { to: 'stream' }) _file: DiskFile): void {}
  // @ts-expect-error -- it may be missing
  @Post() missing(@UploadedFile('file', { required: false }) _file: DiskFile): void {}
  // @ts-expect-error -- one, and no list
  @Post() list(@UploadedFile('file') _files: DiskFile[]): void {}
  // @ts-expect-error -- no such place
  @Post() place(@UploadedFile('file', { to: 'cloud' }) _file: DiskFile): void {}
  // @ts-expect-error -- an option that there is not
  @Post() misspelt(@UploadedFile('file', { to: 'disk', maxsize: 1 }) _file: DiskFile): void {}
  // @ts-expect-error -- an option of lists
  @Post() count(@UploadedFile('file', { to: 'disk', maxCount: 1 }) _file: DiskFile): void {}
  // @ts-expect-error -- without a name
  @Post() unnamed(@UploadedFile({ to: 'disk' }) _file: DiskFile): void {}
}

@Controller()
export class SeveralFiles {
  @Post() disk(@UploadedFiles('files') _files: DiskFile[]): void {}
  @Post() all(@UploadedFiles() _files: DiskFile[]): void {}
  @Post() memory(@UploadedFiles('files', { to: 'memory', maxCount: 3 }) _files: readonly MemoryFile[]): void {}
  @Post() allInMemory(@UploadedFiles({ to: 'memory', required: false }) _files: MemoryFile[]): void {}

  // @ts-expect-error -- a list
  @Post() one(@UploadedFiles('files') _file: DiskFile): void {}
  // @ts-expect-error -- in memory
  @Post() noPath(@UploadedFiles('files', { to: 'memory' }) _files: DiskFile[]): void {}
  // @ts-expect-error -- a list is not streamed
  @Post() stream(@UploadedFiles('files', { to: 'stream' }) _files: UploadedStream[]): void {}
  // @ts-expect-error -- an option that there is not
  @Post() misspelt(@UploadedFiles('files', { maxcount: 3 }) _files: DiskFile[]): void {}
}

@Controller()
export class PipedFile {
  @Post() disk(@UploadedFile('file', new ParseFilePipe({ maxSize: 1 })) _file: DiskFile): void {}
  @Post() memory(@UploadedFile('file', { to: 'memory' }, new ParseFilePipe()) _file: MemoryFile): void {}
  @Post() optional(@UploadedFile('file', new ParseFilePipe({ required: false })) _file?: DiskFile): void {}
  @Post() list(@UploadedFiles('files', new ParseFilePipe()) _files: DiskFile[]): void {}
  @Post() all(@UploadedFiles(new ParseFilePipe()) _files: DiskFile[]): void {}
  @Post() inMemory(@UploadedFiles({ to: 'memory' }, new ParseFilePipe()) _files: MemoryFile[]): void {}
  @Post() counted(@UploadedFiles('files', { maxCount: 2 }, new ParseFilePipe()) _files: DiskFile[]): void {}

  // @ts-expect-error -- a file on the disk has no bytes
  @Post() noBytes(@UploadedFile('file', new ParseFilePipe()) _file: MemoryFile): void {}
  // @ts-expect-error -- it may be missing
  @Post() missing(@UploadedFile('file', new ParseFilePipe({ required: false })) _file: DiskFile): void {}
  // @ts-expect-error -- one, and no list
  @Post() one(@UploadedFile('file', new ParseFilePipe()) _files: DiskFile[]): void {}
}
