import {
  Body,
  Controller,
  defineModule,
  DiskFile,
  MemoryFile,
  Post,
  UploadedFile,
  UploadedFiles,
  UploadedStream,
} from 'bowline';
import type { UploadedFileOptions } from 'bowline';
import { IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { createApplication } from '../../src/application/index.js';
import { problemsOf, shop } from './boot-fixture.js';

class Fields {
  @IsString() title!: string;
}

/** As plain JavaScript, or `any`, would write it. */
function options(given: object): UploadedFileOptions<'disk', true> {
  return given as UploadedFileOptions<'disk', true>;
}

async function reasonsOf(controller: new () => object, limits = {}): Promise<string[]> {
  const servers = { main: { limits: { multipart: limits } } };
  const problems = await problemsOf({ modules: [shop({ controllers: [controller] })], servers });
  return problems.map((problem) => problem.replaceAll('FileController.', ''));
}

describe('a parameter for a file', () => {
  it('is reported without the name of its field', async () => {
    @Controller()
    class FileController {
      // @ts-expect-error -- a name is needed
      @Post('/a') a(@UploadedFile() _file: DiskFile): void {}
      @Post('/b') b(@UploadedFile('') _file: DiskFile): void {}
    }
    expect(await reasonsOf(FileController)).toEqual([
      "@UploadedFile() of a (parameter 1): name the field of the file, as in @UploadedFile('avatar'). [BOW_PARAMETER_INVALID]",
      "@UploadedFile('') of b (parameter 1): name the field of the file, as in @UploadedFile('avatar'). [BOW_PARAMETER_INVALID]",
    ]);
  });

  it('is reported with options that are unknown or out of range', async () => {
    @Controller()
    class FileController {
      @Post('/a') a(@UploadedFile('a', options({ maxsize: 1 })) _file: DiskFile): void {}
      @Post('/b') b(@UploadedFile('a', options({ to: 'cloud' })) _file: DiskFile): void {}
      @Post('/c') c(@UploadedFile('a', { maxSize: 0.5 }) _file: DiskFile): void {}
      @Post('/d') d(@UploadedFile('a', { type: 'png' }) _file: DiskFile): void {}
      @Post('/e') e(@UploadedFile('a', { type: [] }) _file: DiskFile): void {}
      @Post('/f') f(@UploadedFiles('a', { maxCount: 0 }) _files: DiskFile[]): void {}
      // @ts-expect-error -- a list is not streamed
      @Post('/g') g(@UploadedFiles('a', { to: 'stream' }) _files: UploadedStream[]): void {}
      @Post('/h') h(@UploadedFile('a', options({ maxCount: 2 })) _file: DiskFile): void {}
    }
    expect(await reasonsOf(FileController)).toEqual([
      "@UploadedFile('a') of a (parameter 1): there is no option 'maxsize'; did you mean 'maxSize'? [BOW_PARAMETER_INVALID]",
      "@UploadedFile('a') of b (parameter 1): its 'to' is one of 'disk', 'memory', 'stream'. [BOW_PARAMETER_INVALID]",
      "@UploadedFile('a') of c (parameter 1): its maxSize is a number of bytes, of at least 1. [BOW_PARAMETER_INVALID]",
      "@UploadedFile('a') of d (parameter 1): its type is written as 'image/png', 'image/*' or a list of such. [BOW_PARAMETER_INVALID]",
      "@UploadedFile('a') of e (parameter 1): its list of types is empty. [BOW_PARAMETER_INVALID]",
      "@UploadedFiles('a') of f (parameter 1): its maxCount is a whole number of at least 1. [BOW_PARAMETER_INVALID]",
      "@UploadedFiles('a') of g (parameter 1): a list of files is not streamed; take one with @UploadedFile, or go to disk. [BOW_PARAMETER_INVALID]",
      "@UploadedFile('a') of h (parameter 1): there is no option 'maxCount'; known are to, maxSize, type, required. [BOW_PARAMETER_INVALID]",
    ]);
  });

  it('is reported after one that is streamed', async () => {
    @Controller()
    class FileController {
      @Post('/a')
      a(@UploadedFile('film', { to: 'stream' }) _film: UploadedStream, @UploadedFile('cover') _cover: DiskFile): void {}
      @Post('/b')
      b(
        @UploadedFile('a', { to: 'stream' }) _a: UploadedStream,
        @UploadedFile('b', { to: 'stream' }) _b: UploadedStream,
      ): void {}
    }
    const reason = (name: string): string =>
      `the handler starts at the streamed file '${name}', and files that come after it are not read: put this parameter before it, and send its file before. [BOW_PARAMETER_INVALID]`;
    expect(await reasonsOf(FileController)).toEqual([
      `a, parameter 2: ${reason('film')}`,
      `b, parameter 2: ${reason('a')}`,
    ]);
  });

  it('is reported where another one takes the same file', async () => {
    @Controller()
    class FileController {
      @Post('/a') a(@UploadedFile('a') _a: DiskFile, @UploadedFile('a', { to: 'memory' }) _b: MemoryFile): void {}
      @Post('/b') b(@UploadedFiles() _a: DiskFile[], @UploadedFiles() _b: DiskFile[]): void {}
    }
    expect(await reasonsOf(FileController)).toEqual([
      "a, parameter 2: another parameter takes the file 'a' already. [BOW_PARAMETER_INVALID]",
      'b, parameter 2: another parameter takes all files already. [BOW_PARAMETER_INVALID]',
    ]);
  });

  it('is reported beside a body that is no form', async () => {
    @Controller()
    class FileController {
      @Post('/a') a(@UploadedFile('a') _a: DiskFile, @Body() _text: string): void {}
      @Post('/b') b(@UploadedFile('a') _a: DiskFile, @Body() _bytes: Uint8Array): void {}
      @Post('/c') c(@UploadedFile('a') _a: DiskFile, @Body([Fields]) _list: Fields[]): void {}
    }
    const reason =
      'beside files a body is the fields of a form: a class, a schema, or Record<string, unknown> with @Body({ validate: false }). [BOW_PARAMETER_INVALID]';
    expect(await reasonsOf(FileController)).toEqual(
      ['a', 'b', 'c'].map((name) => `@Body() of ${name} (parameter 2): ${reason}`),
    );
  });

  it('is reported where the server allows no form of its size', async () => {
    @Controller()
    class FileController {
      @Post() a(@UploadedFile('a', { maxSize: 2_000 }) _a: DiskFile): void {}
    }
    expect(await reasonsOf(FileController, { size: 1_000 })).toEqual([
      "@UploadedFile('a') of a (parameter 1): its maxSize is more than the 1000 bytes that limits.multipart.size of the server allows for a whole form. [BOW_PARAMETER_INVALID]",
    ]);
  });

  it('is reported without its parentheses, on a constructor and without a route', async () => {
    @Controller()
    class FileController {
      // @ts-expect-error -- not called
      @Post() a(@UploadedFile _a: DiskFile): void {}
      b(@UploadedFile('b') _b: DiskFile): void {}
    }
    expect(await reasonsOf(FileController)).toEqual([
      expect.stringContaining('is written without its parentheses; write @UploadedFile()'),
      expect.stringContaining('has no effect: the method has no route'),
    ]);
  });

  it('is described by its route', async () => {
    @Controller('/albums')
    class FileController {
      @Post()
      a(
        @UploadedFile('cover', { type: 'IMAGE/*', maxSize: 10 }) _cover: DiskFile,
        @UploadedFiles('photos', { to: 'memory', required: false }) _photos: MemoryFile[],
        @Body() _fields: Fields,
      ): void {}
    }
    const app = await createApplication({
      modules: [defineModule({ controllers: [FileController] })],
      logger: { level: 'silent' },
    });
    expect(app.routes).toMatchObject([
      {
        body: ['multipart'],
        parameters: [
          {
            source: 'file',
            name: 'cover',
            required: true,
            file: { to: 'disk', maxSize: 10, maxCount: 1, types: ['image/*'] },
          },
          {
            source: 'file',
            name: 'photos',
            array: true,
            required: false,
            file: { to: 'memory', maxSize: 10_485_760, maxCount: 10, types: [] },
          },
          { source: 'body', type: 'Fields' },
        ],
      },
    ]);
  });
});

it('limits of forms are checked like every other option', async () => {
  const multipart = { files: 0, fieldsize: 1, headerSize: 10 };
  expect(await problemsOf({ servers: { main: { limits: { multipart } } } })).toEqual([
    'options.servers.main.limits.multipart.files is 0; it must be a whole number from 1 to 10000. [BOW_OPTION_INVALID]',
    'There is no option options.servers.main.limits.multipart.fieldsize. Did you mean options.servers.main.limits.multipart.fieldSize? [BOW_OPTION_UNKNOWN]',
    'options.servers.main.limits.multipart.headerSize is 10; it must be a whole number from 64 to 1048576. [BOW_OPTION_INVALID]',
  ]);
});
