import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import {
  ConflictError,
  Controller,
  DiskFile,
  MemoryFile,
  ParseFilePipe,
  Post,
  UploadedFile,
  UploadedFiles,
  UploadedStream,
} from 'bowline';
import { expect, test, vi } from 'vitest';
import type { FormPart } from './harness/client.js';
import { describeProviders, type ProviderUnderTest } from './harness/describe-providers.js';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** Where validators have seen files. */
let paths: string[] = [];

function isShort({ size }: MemoryFile | DiskFile): true | string {
  return size < 20 || 'must be short';
}

async function hasNoVirus(file: DiskFile): Promise<true | string> {
  paths.push(file.path);
  return !(await readFile(file.path, 'utf8')).includes('virus') || 'must be harmless';
}

function isNew(): true {
  throw new ConflictError('That file is here already.');
}

const picture = new ParseFilePipe({ type: 'image/*', maxSize: 1_000 });

@Controller('/piped-files')
class PipedController {
  @Post('/picture')
  picture(@UploadedFile('file', picture) file: DiskFile) {
    return { type: file.type, typeFrom: file.typeFrom, isDisk: file instanceof DiskFile };
  }

  @Post('/pictures')
  pictures(@UploadedFiles('files', { to: 'memory', maxCount: 2 }, picture) files: MemoryFile[]) {
    return files.map(({ type, bytes }) => [type, bytes.length]);
  }

  @Post('/optional')
  optional(@UploadedFile('file', new ParseFilePipe({ required: false, validators: [isShort] })) file?: DiskFile) {
    return { isThere: file !== undefined };
  }

  @Post('/checked')
  checked(@UploadedFile('file', new ParseFilePipe({ validators: [isShort, hasNoVirus] })) file: DiskFile) {
    return { size: file.size };
  }

  @Post('/list')
  list(
    @UploadedFiles('files', new ParseFilePipe({ status: 422, validators: [isShort, hasNoVirus] })) files: DiskFile[],
  ) {
    return { count: files.length };
  }

  @Post('/all')
  all(@UploadedFiles({ to: 'memory' }, new ParseFilePipe({ validators: [isShort] })) files: MemoryFile[]) {
    return { count: files.length };
  }

  @Post('/stream')
  async stream(
    @UploadedFile(
      'file',
      { to: 'stream' },
      new ParseFilePipe({
        maxSize: 10,
        validators: [({ name }: UploadedStream) => name === 'a' || 'must be called a'],
      }),
    )
    file: UploadedStream,
  ) {
    for await (const _ of file.stream);
    return { size: file.size };
  }

  @Post('/thrown')
  thrown(@UploadedFile('file', new ParseFilePipe({ validators: [isNew] })) _file: DiskFile) {}

  @Post('/odd')
  odd(@UploadedFile('file', new ParseFilePipe({ validators: [() => false as never] })) _file: DiskFile) {}
}

describeProviders('a ParseFilePipe', { controllers: [PipedController] }, (server: ProviderUnderTest) => {
  const send = (path: string, ...parts: FormPart[]) => server.post(`/piped-files/${path}`, { multipart: parts });
  const file = (text: string | Buffer, name = 'file', fileName = 'a'): FormPart => ({ name, fileName, value: text });

  test('judges type and size while the file arrives, by its content', async () => {
    expect((await send('picture', file(png))).json).toEqual({ type: 'image/png', typeFrom: 'content', isDisk: true });
    expect((await send('picture', file('a text', 'file', 'a.png'))).status).toBe(415);
    expect((await send('picture', file(Buffer.concat([png, Buffer.alloc(2_000)])))).status).toBe(413);
    expect((await send('picture')).status).toBe(400);
  });

  test('holds for each file of a list', async () => {
    expect((await send('pictures', file(png, 'files'), file(png, 'files'))).json).toEqual([
      ['image/png', png.length],
      ['image/png', png.length],
    ]);
    expect((await send('pictures', file(png, 'files'), file('a text', 'files'))).status).toBe(415);
  });

  test('lets a file be missing where it says so', async () => {
    expect((await send('optional')).json).toEqual({ isThere: false });
    expect((await send('optional', file('a text'))).json).toEqual({ isThere: true });
    expect((await send('optional', file('much longer than is taken'))).status).toBe(400);
  });

  test('lists what validators refuse, and calls no handler', async () => {
    expect((await send('checked', file('harmless'))).json).toEqual({ size: 8 });
    expect((await send('checked', file('a virus'))).json).toMatchObject({
      status: 400,
      detail: "The file 'a' must be harmless.",
      errors: [{ path: '/file', in: 'file', code: 'hasNoVirus', name: 'a', message: 'must be harmless' }],
    });
  });

  test('says which file of a list, and asks every validator', async () => {
    const answer = await send('list', file('fine', 'files', 'a'), file('a virus, and a long one', 'files', 'b'));
    expect(answer.json).toMatchObject({
      status: 422,
      detail: 'The files did not pass validation: 2 errors.',
      errors: [
        { path: '/files/1', in: 'file', code: 'isShort', name: 'b', message: 'must be short' },
        { path: '/files/1', in: 'file', code: 'hasNoVirus', name: 'b', message: 'must be harmless' },
      ],
    });
  });

  test('counts the files of each field where a list has those of several', async () => {
    const long = 'much longer than is taken';
    const answer = await send('all', file('short', 'x'), file(long, 'y'), file(long, 'x'));
    expect((answer.json as { errors: { path: string }[] }).errors.map(({ path }) => path)).toEqual(['/y/0', '/x/1']);
  });

  test('removes from the disk what it refuses', async () => {
    paths = [];
    await send('list', file('fine', 'files'), file('a virus', 'files'));
    expect(paths).toHaveLength(2);
    await vi.waitFor(() => expect(paths.filter((path) => existsSync(path))).toEqual([]));
  });

  test('stands before a streamed file', async () => {
    expect((await send('stream', file('short'))).json).toEqual({ size: 5 });
    expect((await send('stream', file('longer than ten'))).status).toBe(413);
    expect((await send('stream', file('short', 'file', 'b'))).json).toMatchObject({
      errors: [{ path: '/file', code: 'file', message: 'must be called a' }],
    });
  });

  test('answers with what a validator throws, and with a 500 where one gives neither true nor a text', async () => {
    expect((await send('thrown', file('a'))).json).toMatchObject({ status: 409, detail: 'That file is here already.' });
    expect((await send('odd', file('a'))).status).toBe(500);
    expect(server.log.rest().map(({ fields }) => (fields['error'] as Error).message)).toEqual([
      'The validator (function) of a ParseFilePipe gave false; it gives true, or what is wrong with the file.',
    ]);
  });
});
