import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  Body,
  Controller,
  Ctx,
  DiskFile,
  HttpContext,
  MemoryFile,
  Param,
  Post,
  Signal,
  UploadedFile,
  UploadedFiles,
  UploadedStream,
} from 'bowline';
import { IsInt, IsOptional, Length, Min } from 'class-validator';
import {
  array,
  assert as checkProperty,
  asyncProperty,
  boolean,
  constantFrom,
  integer,
  nat,
  record,
  string,
} from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { boundary, formEnd, formOf, partHead, type FormPart } from './harness/client.js';
import { describeProviders, type ProviderUnderTest } from './harness/describe-providers.js';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const pdf = Buffer.from('%PDF-1.4\n%âãÏÓ\n1 0 obj\n<<>>\nendobj\n', 'latin1');
const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

class PhotoFields {
  @Length(1, 20) title!: string;
  @IsInt() @Min(1) year!: number;
  @IsOptional() tags?: string[];
}

const schema = z.object({ title: z.string().min(1), year: z.coerce.number().int() });

/** What handlers have seen, by the path of their request, and how far they may go on. */
const seen = new Map<string, { file?: DiskFile; stream?: UploadedStream; error?: unknown; ended?: boolean }>();
const gates = new Map<string, PromiseWithResolvers<void>>();

@Controller('/files')
class FileController {
  @Post('/disk')
  async disk(@UploadedFile('file') file: DiskFile) {
    const bytes = await readFile(file.path);
    seen.set('/disk', { file });
    const { mode } = await stat(file.path);
    const folder = await stat(dirname(file.path));
    const { field, name, type, typeFrom, size } = file;
    const isOurs = { mode: (mode & 0o777).toString(8), folder: (folder.mode & 0o777).toString(8) };
    return { field, name, type, typeFrom, size, hash: sha256(bytes), isDisk: file instanceof DiskFile, ...isOurs };
  }

  @Post('/memory')
  memory(@UploadedFile('file', { to: 'memory', maxSize: 1_000 }) file: MemoryFile) {
    const { name, type, typeFrom, size, bytes } = file;
    return { name, type, typeFrom, size, text: bytes.toString('latin1'), isMemory: file instanceof MemoryFile };
  }

  @Post('/optional')
  optional(@UploadedFile('file', { required: false }) file?: DiskFile) {
    return { name: file?.name ?? 'none' };
  }

  @Post('/moved')
  async moved(@UploadedFile('file') file: DiskFile) {
    const from = file.path;
    const to = join(dirname(dirname(from)), `bowline-moved-${basename(dirname(from))}`);
    await file.moveTo(to);
    return { from, to, path: file.path };
  }

  @Post('/throws')
  throws(@UploadedFile('file') file: DiskFile) {
    seen.set('/throws', { file });
    throw new RangeError('not today');
  }

  @Post('/held')
  async held(@UploadedFile('file') file: DiskFile, @Signal() signal: AbortSignal) {
    seen.set('/held', { file });
    await gates.get('/held')?.promise;
    return { aborted: signal.aborted, exists: existsSync(file.path) };
  }

  @Post('/photos')
  photos(@UploadedFiles('photos', { to: 'memory', maxCount: 3, type: 'image/*' }) photos: MemoryFile[]) {
    return photos.map(({ name, type, typeFrom, size }) => ({ name, type, typeFrom, size }));
  }

  @Post('/all')
  all(
    @UploadedFile('first', { required: false }) first: DiskFile | undefined,
    @UploadedFiles({ required: false }) others: DiskFile[],
  ) {
    return { first: first?.name ?? 'none', others: others.map(({ field, name }) => [field, name]) };
  }

  @Post('/fields/:id')
  fields(
    @Param('id') id: number,
    @UploadedFile('file', { to: 'memory', required: false }) file: MemoryFile | undefined,
    @Body() fields: PhotoFields,
  ) {
    return { id, size: file?.size ?? 0, isClass: fields instanceof PhotoFields, fields };
  }

  @Post('/schema')
  bySchema(@UploadedFile('file') _file: DiskFile, @Body(schema) fields: { title: string; year: number }) {
    return fields;
  }

  @Post('/raw')
  raw(
    @UploadedFile('file', { required: false }) _file: DiskFile | undefined,
    @Body({ validate: false }) fields: Record<string, string | string[]>,
  ) {
    return { fields };
  }

  @Post('/texts')
  texts(@UploadedFile('file', { to: 'memory', type: ['text/csv', 'application/json'] }) file: MemoryFile) {
    return { type: file.type, typeFrom: file.typeFrom };
  }

  @Post('/any-text')
  anyText(@UploadedFile('file', { to: 'memory', type: 'text/*' }) file: MemoryFile) {
    return { type: file.type, typeFrom: file.typeFrom };
  }
}

@Controller('/streams')
class StreamController {
  @Post('/hash')
  async hash(
    @Body({ validate: false }) fields: Record<string, string>,
    @UploadedFile('file', { to: 'stream', maxSize: 200_000_000 }) file: UploadedStream,
  ) {
    const before = file.size;
    const hash = createHash('sha256');
    for await (const chunk of file.stream) hash.update(chunk as Buffer);
    return { fields, name: file.name, size: file.size, isCounting: before <= file.size, hash: hash.digest('hex') };
  }

  @Post('/begun')
  async begun(@UploadedFile('file', { to: 'stream' }) file: UploadedStream, @Ctx() ctx: HttpContext) {
    seen.set('/begun', { stream: file });
    try {
      for await (const chunk of file.stream) void chunk;
    } catch (error) {
      seen.set('/begun', { stream: file, error: { error, isReason: error === ctx.signal.reason }, ended: true });
      throw error;
    }
    return { size: file.size };
  }

  @Post('/limited')
  async limited(@UploadedFile('file', { to: 'stream', maxSize: 100_000, type: 'image/png' }) file: UploadedStream) {
    for await (const chunk of file.stream) void chunk;
    return { size: file.size, type: file.type };
  }

  @Post('/waiting')
  async waiting(@UploadedFile('file', { to: 'stream', maxSize: 100_000_000 }) file: UploadedStream) {
    seen.set('/waiting', { stream: file });
    await gates.get('/waiting')?.promise;
    for await (const chunk of file.stream) void chunk;
    return { size: file.size };
  }

  @Post('/unread')
  unread(@UploadedFile('file', { to: 'stream' }) file: UploadedStream) {
    seen.set('/unread', { stream: file });
    return { name: file.name };
  }

  @Post('/fields')
  async fields(
    @Body() fields: PhotoFields,
    @UploadedFile('cover') cover: DiskFile,
    @UploadedFile('file', { to: 'stream' }) file: UploadedStream,
  ) {
    for await (const chunk of file.stream) void chunk;
    return { title: fields.title, cover: cover.size, size: file.size };
  }
}

const controllers = [FileController, StreamController];
const file = (value: string | Uint8Array, more: Partial<FormPart> = {}): FormPart => ({
  name: 'file',
  fileName: 'a.bin',
  value,
  ...more,
});
const field = (name: string, value: string): FormPart => ({ name, value });
const formType = `multipart/form-data; boundary=${boundary}`;

// Every application of this file makes its temporary folder in here.
const own = { before: process.env['TMPDIR'], path: '' };
beforeAll(async () => {
  own.path = await mkdtemp(join(tmpdir(), 'uploads-test-'));
  process.env['TMPDIR'] = own.path;
});
afterAll(async () => {
  if (own.before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = own.before;
  await rm(own.path, { recursive: true });
});

/** Every temporary file that lies in the folders of applications. */
async function filesLeft(): Promise<string[]> {
  const entries = await readdir(own.path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function expectNoFiles(): Promise<void> {
  await vi.waitFor(async () => expect(await filesLeft()).toEqual([]), { timeout: 5_000 });
}

/** A form on a connection of whose bytes the behaviour decides. `length` is what the head says. */
function headOf(path: string, length: number | 'chunked', type = formType): string {
  const framing = length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n${framing}\r\n\r\n`;
}

describeProviders('files on the disk', { controllers, overHttps: true }, (server) => {
  test('have their bytes, and what the client says of them', async () => {
    const bytes = Buffer.concat([png, Buffer.from('\r\n--not the boundary\r\n')]);
    const answer = await server.post('/files/disk', { multipart: [file(bytes, { type: 'Image/PNG; q=1' })] });
    expect(answer).toMatchObject({
      status: 200,
      json: { field: 'file', name: 'a.bin', type: 'image/png', typeFrom: 'client', hash: sha256(bytes), isDisk: true },
    });
  });

  test('can be read by nobody else, and lie in a folder of which the same is true', async () => {
    const answer = await server.post('/files/disk', { multipart: [file('x')] });
    expect(answer.json).toMatchObject({ mode: '600', folder: '700' });
  });

  test('are removed when the request is over', async () => {
    expect((await server.post('/files/disk', { multipart: [file('x')] })).status).toBe(200);
    expect(seen.get('/disk')?.file?.path).toContain(own.path);
    await expectNoFiles();
  });

  test('are removed when the handler throws', async () => {
    expect((await server.post('/files/throws', { multipart: [file('x')] })).status).toBe(500);
    expect(await server.log.next()).toMatchObject({ level: 'error', fields: { error: { message: 'not today' } } });
    await expectNoFiles();
  });

  test('are whole, whatever of a boundary their chunks end with', async () => {
    const delimiter = `\r\n--${boundary}`;
    const pieces = Array.from(delimiter + delimiter, (_, index) =>
      Buffer.concat([Buffer.alloc(5_000, index), Buffer.from(delimiter.slice(0, -1 - (index % delimiter.length)))]),
    );
    const chunks = [partHead({ name: 'file', fileName: 'a' }), ...pieces, Buffer.from('\r\n'), formEnd];
    const answer = await server.post('/files/disk', { chunks, headers: { 'content-type': formType } });
    expect(answer).toMatchObject({ status: 200, json: { hash: sha256(Buffer.concat(pieces)) } });
  });

  test('are removed when a later part is refused', async () => {
    const answer = await server.post('/files/disk', { multipart: [file('x'), file('y', { name: 'other' })] });
    expect(answer).toMatchObject({ status: 400, json: { detail: "The file 'other' is not taken here." } });
    await expectNoFiles();
  });

  test('stay where they are moved to', async () => {
    const { json } = await server.post('/files/moved', { multipart: [file('kept')] });
    const { from, to, path } = json as Record<'from' | 'to' | 'path', string>;
    expect(path).toBe(to);
    await vi.waitFor(() => expect(existsSync(from)).toBe(false));
    expect(await readFile(to, 'utf8')).toBe('kept');
    await rm(to);
  });

  test('are there for the handler also after the client has left, and removed after it', async () => {
    const gate = Promise.withResolvers<void>();
    gates.set('/held', gate);
    seen.delete('/held');
    const body = formOf([file('held')]);
    const client = await server.connect();
    client.send(headOf('/files/held', body.length)).stream.write(body);
    const held = await vi.waitFor(() => {
      const found = seen.get('/held')?.file;
      if (found === undefined) throw new Error('not yet');
      return found;
    });
    client.stream.destroy();
    await client.end();
    expect(existsSync(held.path)).toBe(true);
    gate.resolve();
    await expectNoFiles();
  });

  test('are removed when the client leaves in the middle of one', async () => {
    const client = await server.connect();
    client.send(headOf('/files/disk', 1_000_000));
    client.stream.write(partHead({ name: 'file', fileName: 'a' }));
    client.stream.write(Buffer.alloc(300_000));
    await vi.waitFor(async () => expect(await filesLeft()).toHaveLength(1));
    client.stream.destroy();
    await expectNoFiles();
  });

  test('hold several megabytes', async () => {
    const bytes = Buffer.alloc(8_000_000, 'bowline on a bight\r\n--');
    const answer = await server.post('/files/disk', { multipart: [file(bytes)] });
    expect(answer).toMatchObject({ status: 200, json: { size: 8_000_000, hash: sha256(bytes) } });
  });

  test('may be empty', async () => {
    expect((await server.post('/files/disk', { multipart: [file('')] })).json).toMatchObject({
      size: 0,
      name: 'a.bin',
    });
  });

  test('arrive also byte by byte', async () => {
    const chunks = [...formOf([file('sch\u00f6n\r\n')])].map((byte) => Uint8Array.of(byte));
    const answer = await server.post('/files/disk', { chunks, headers: { 'content-type': formType } });
    expect(answer.json).toMatchObject({ size: 8, hash: sha256(Buffer.from('sch\u00f6n\r\n')) });
  });

  test('come from the Web\u2019s own FormData', async () => {
    if (server.secure) return;
    const form = new FormData();
    form.append('file', new Blob(['web'], { type: 'text/plain' }), 'a "quoted" n\u00e4me.txt');
    const answer = await fetch(`${server.url}/files/disk`, { method: 'POST', body: form });
    expect(await answer.json()).toMatchObject({ name: 'a "quoted" n\u00e4me.txt', type: 'text/plain', size: 3 });
  });
});

describeProviders('files that are missing or too many', { controllers }, (server) => {
  test('are a 400 where one is required', async () => {
    const detail = "The file 'file' is required.";
    const errors = [{ path: '/file', in: 'file', code: 'required', message: 'is required' }];
    expect(await server.post('/files/disk', { multipart: [field('a', 'b')] })).toMatchObject({
      status: 400,
      json: { detail, errors },
    });
    expect(await server.post('/files/disk')).toMatchObject({ status: 400, json: { detail } });
    expect(await server.post('/files/photos', { multipart: [] })).toMatchObject({
      status: 400,
      json: { detail: "The file 'photos' is required." },
    });
  });

  test('are undefined or an empty list where they may be missing', async () => {
    expect((await server.post('/files/optional')).json).toEqual({ name: 'none' });
    expect((await server.post('/files/optional', { multipart: [] })).json).toEqual({ name: 'none' });
    expect((await server.post('/files/all', { multipart: [] })).json).toEqual({ first: 'none', others: [] });
  });

  test('are missing in an input in which nothing was chosen', async () => {
    const empty = file('', { fileName: '', type: 'application/octet-stream' });
    expect((await server.post('/files/optional', { multipart: [empty] })).json).toEqual({ name: 'none' });
    expect(await server.post('/files/disk', { multipart: [empty] })).toMatchObject({ status: 400 });
  });

  test('are a 400 where one is taken and two come', async () => {
    expect(await server.post('/files/disk', { multipart: [file('x'), file('y')] })).toMatchObject({
      status: 400,
      json: { detail: "The file 'file' was sent twice, and one is taken." },
    });
    await expectNoFiles();
  });

  test('are a 413 beyond the count of a list', async () => {
    const photo = file(png, { name: 'photos' });
    expect((await server.post('/files/photos', { multipart: [photo, photo, photo] })).json).toHaveLength(3);
    expect(await server.post('/files/photos', { multipart: [photo, photo, photo, photo] })).toMatchObject({
      status: 413,
      json: {
        detail: "There are more than the 3 files that are taken here; one of 'photos' is one too many.",
        errors: [{ path: '/photos', in: 'file', code: 'count', params: [3] }],
      },
    });
  });

  test('are a list of all where the list has no name', async () => {
    const multipart = [file('1', { name: 'first' }), file('2', { name: 'a' }), file('3', { name: 'b[c][]' })];
    expect((await server.post('/files/all', { multipart })).json).toEqual({
      first: 'a.bin',
      others: [
        ['a', 'a.bin'],
        ['b[c][]', 'a.bin'],
      ],
    });
  });

  test('are a 413 by the size of one', async () => {
    const detail = "The file 'file' is larger than the 1000 bytes that are taken here.";
    expect((await server.post('/files/memory', { multipart: [file('x'.repeat(1_000))] })).status).toBe(200);
    expect(await server.post('/files/memory', { multipart: [file('x'.repeat(1_001))] })).toMatchObject({
      status: 413,
      json: { detail, errors: [{ path: '/file', in: 'file', code: 'size', params: [1_000] }] },
    });
  });

  test('are a 413 by the length that the head says, before anything has come', async () => {
    const client = await server.connect();
    client.send(headOf('/files/memory', 100_000_000));
    expect(await client.until('taken here.')).toContain(' 413 ');
    client.stream.destroy();
  });
});

describeProviders('names of files', { controllers }, (server) => {
  const nameOf = async (fileName: string): Promise<unknown> => {
    const answer = await server.post('/files/memory', { multipart: [file('x', { fileName })] });
    return (answer.json as { name?: string }).name ?? answer.status;
  };

  test.each([
    ['plain.txt', 'plain.txt'],
    ['Gr\u00fc\u00dfe \u540d.txt', 'Gr\u00fc\u00dfe \u540d.txt'],
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\win.ini', 'win.ini'],
    ['/etc/', ''],
    ['..', ''],
    ['C:\\fakepath\\a.png', 'a.png'],
    ['a\u0000b\u0007.txt', 'ab.txt'],
    ['photo\u202egpj.exe', 'photogpj.exe'],
    ['say %22hi%22.txt', 'say "hi".txt'],
    ['say \\"hi\\".txt', 'say "hi".txt'],
    ['__proto__', '__proto__'],
    ['a;b=c.txt', 'a;b=c.txt'],
    ['100%.txt', '100%.txt'],
    ['x'.repeat(400), 'x'.repeat(255)],
  ])('are made fit to be shown: %j', async (given, expected) => {
    expect(await nameOf(given)).toBe(expected);
  });

  test('are never a path, whatever they are', async () => {
    await checkProperty(
      asyncProperty(string({ unit: 'binary', minLength: 1, maxLength: 30 }), async (given) => {
        const form = new FormData();
        form.append('file', new Blob(['x']), given);
        // As a browser writes it.
        const written = new Response(form);
        const headers = { 'content-type': written.headers.get('content-type') ?? '' };
        const answer = await server.post('/files/memory', { body: await written.bytes(), headers });
        const { name } = answer.json as { name: string };
        // oxlint-disable-next-line no-control-regex -- that there are none is what is checked
        expect(name).not.toMatch(/[/\\\u0000-\u001f\u007f]|^\.\.?$/);
      }),
      { numRuns: 40 },
    );
  });

  test('may come in the extended form alone', async () => {
    const disposition = `Content-Disposition: form-data; name="file"; filename*=UTF-8''na%C3%AFve.txt`;
    const body = `--${boundary}\r\n${disposition}\r\n\r\nx\r\n--${boundary}--\r\n`;
    const answer = await server.post('/files/memory', { body, headers: { 'content-type': formType } });
    expect(answer.json).toMatchObject({ name: 'na\u00efve.txt' });
  });
});

describeProviders('fields beside files', { controllers }, (server) => {
  test('are converted strictly by the types of their class', async () => {
    const multipart = [field('title', 'Sea'), field('year', '2026'), field('tags', 'a'), file('xyz')];
    expect((await server.post('/files/fields/7', { multipart })).json).toEqual({
      id: 7,
      size: 3,
      isClass: true,
      fields: { title: 'Sea', year: 2026, tags: ['a'] },
    });
  });

  test.each([
    ['year', [field('title', 'Sea'), field('year', '0x7ea')]],
    ['title', [field('title', ''), field('year', '2026')]],
    ['title', [field('year', '2026')]],
  ])('are a 400 that names what does not pass: %s', async (name, multipart) => {
    expect(await server.post('/files/fields/7', { multipart })).toMatchObject({
      status: 400,
      json: { errors: expect.arrayContaining([expect.objectContaining({ path: `/${name}`, in: 'body' })]) as unknown },
    });
  });

  test('are validated by a schema', async () => {
    const multipart = [file('x'), field('title', 'Sea'), field('year', '2026')];
    expect((await server.post('/files/schema', { multipart })).json).toEqual({ title: 'Sea', year: 2026 });
    expect(await server.post('/files/schema', { multipart: [file('x')] })).toMatchObject({ status: 400 });
    await expectNoFiles();
  });

  test('are texts as they came where nothing checks them, repeated ones lists', async () => {
    const multipart = [
      field('a', '1'),
      field('b[c]', ' \u00fc\r\n'),
      field('a', '2'),
      field('constructor', 'x'),
      field('', 'y'),
    ];
    expect((await server.post('/files/raw', { multipart })).json).toEqual({
      fields: { a: ['1', '2'], 'b[c]': ' \u00fc\r\n', constructor: 'x', '': 'y' },
    });
  });

  test('may not be called __proto__', async () => {
    for (const part of [field('__proto__', 'x'), file('x', { name: '__proto__' })])
      expect(await server.post('/files/all', { multipart: [part] })).toMatchObject({
        status: 400,
        json: { detail: 'The form has a field that is refused (__proto__).' },
      });
  });

  test('are a 400 where they are not UTF-8', async () => {
    const multipart = [{ name: 'a', value: Uint8Array.of(0x61, 0xff) }];
    expect(await server.post('/files/raw', { multipart })).toMatchObject({
      status: 400,
      json: { detail: "The field 'a' is not valid UTF-8." },
    });
  });

  test('are decoded, and limited by what comes out', async () => {
    const headers = { 'content-type': formType, 'content-encoding': 'gzip' };
    const small = gzipSync(formOf([file('x'.repeat(500))]));
    expect((await server.post('/files/memory', { body: small, headers })).json).toMatchObject({ size: 500 });
    const bomb = gzipSync(formOf([file('x'.repeat(50_000_000))]));
    expect((await server.post('/files/memory', { body: bomb, headers })).status).toBe(413);
  });

  test('are a 415 in another charset or transfer encoding', async () => {
    const latin = { name: 'a', value: 'x', type: 'text/plain; charset=iso-8859-1' };
    const base64 = { name: 'a', value: 'eA==', headers: ['Content-Transfer-Encoding: base64'] };
    expect(await server.post('/files/raw', { multipart: [latin] })).toMatchObject({ status: 415 });
    expect(await server.post('/files/raw', { multipart: [base64] })).toMatchObject({ status: 415 });
    const named = { name: 'a', value: 'x', type: 'text/plain; charset="UTF-8"' };
    expect((await server.post('/files/raw', { multipart: [named] })).json).toEqual({ fields: { a: 'x' } });
  });

  test('do not keep a wrong parameter before them from being refused first', async () => {
    expect(await server.post('/files/fields/abc', { multipart: [file('x')] })).toMatchObject({
      status: 400,
      json: { errors: [{ path: '/id' }] },
    });
  });
});

describeProviders('types of files', { controllers }, (server) => {
  test('are found in the content, whatever the client says', async () => {
    const photo = file(png, { name: 'photos', fileName: 'a.pdf', type: 'application/pdf' });
    expect((await server.post('/files/photos', { multipart: [photo] })).json).toEqual([
      { name: 'a.pdf', type: 'image/png', typeFrom: 'content', size: png.length },
    ]);
  });

  test.each([
    ['application/pdf', pdf],
    ['of a type that its content does not tell', 'just text'],
    ['of a type that its content does not tell', svg],
    ['empty', ''],
  ])('are a 415 where the content is %s', async (is, value) => {
    for (const type of ['image/png', 'image/svg+xml']) {
      const answer = await server.post('/files/photos', {
        multipart: [file(value, { name: 'photos', fileName: 'a.png', type })],
      });
      expect(answer).toMatchObject({
        status: 415,
        json: {
          detail: `The file 'photos' must be image/*, and is ${is}.`,
          errors: [{ path: '/photos', in: 'file', code: 'type', params: ['image/*'] }],
        },
      });
    }
  });

  test('are what the client says where they are texts, are named and hold text', async () => {
    const send = async (value: string | Uint8Array, type: string): Promise<unknown> => {
      const answer = await server.post('/files/texts', { multipart: [file(value, { type })] });
      return answer.status === 200 ? answer.json : answer.status;
    };
    expect(await send('a;b\n\u00fc;2', 'text/csv')).toEqual({ type: 'text/csv', typeFrom: 'client' });
    expect(await send('MZ;BM\n1;2', 'text/csv; header=present')).toEqual({ type: 'text/csv', typeFrom: 'client' });
    expect(await send('{"a":1}', 'application/json')).toEqual({ type: 'application/json', typeFrom: 'client' });
    expect(await send('a;b', 'text/html')).toBe(415);
    expect(await send('a\u0000b', 'text/csv')).toBe(415);
    expect(await send(Uint8Array.of(0x61, 0xff), 'text/csv')).toBe(415);
    expect(await send(png, 'text/csv')).toBe(415);
    expect(await send(pdf, 'text/csv')).toBe(415);
    // A character that the end of the sample cuts in two.
    expect(await send(`x${'\u00fc'.repeat(5_000)}`, 'text/csv')).toEqual({ type: 'text/csv', typeFrom: 'client' });
  });

  test('are every text where text/* is written', async () => {
    const answer = await server.post('/files/any-text', {
      multipart: [file('a,b', { type: 'text/tab-separated-values' })],
    });
    expect(answer.json).toEqual({ type: 'text/tab-separated-values', typeFrom: 'client' });
    expect(await server.post('/files/any-text', { multipart: [file(svg, { type: 'image/svg+xml' })] })).toMatchObject({
      status: 415,
    });
  });
});

describeProviders('forms that are not what they should be', { controllers }, (server) => {
  const post = (body: string, type = formType) =>
    server.post('/files/optional', { body, headers: { 'content-type': type } });
  const whole = formOf([file('x')]).toString();

  test.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    `multipart/form-data; boundary=${'x'.repeat(71)}`,
  ])('are a 400 without a boundary that can be used: %s', async (type) => {
    expect(await post(whole, type)).toMatchObject({ status: 400 });
  });

  test.each(['application/json', 'multipart/mixed; boundary=x', 'application/x-www-form-urlencoded', 'text/plain'])(
    'are a 415 of another type: %s',
    async (type) => {
      expect(await post('{}', type)).toMatchObject({ status: 415, headers: { accept: 'multipart/form-data' } });
    },
  );

  test('are a 415 where a route takes JSON alone', async () => {
    const answer = await server.post('/files/raw', { json: { a: 1 } });
    expect(answer).toMatchObject({ status: 415 });
  });

  test.each([
    ['of another boundary', whole.replaceAll(boundary, 'other')],
    ['cut in a file', whole.slice(0, whole.indexOf('\r\n\r\n') + 5)],
    ['cut in the headers', whole.slice(0, 60)],
    ['cut before the last dashes', whole.slice(0, -4)],
    ['with a part without headers', `--${boundary}\r\n\r\nx\r\n--${boundary}--\r\n`],
    ['with a part without a name', `--${boundary}\r\nContent-Disposition: form-data\r\n\r\nx\r\n--${boundary}--\r\n`],
    [
      'with headers that do not end',
      `--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n--${boundary}--\r\n`,
    ],
    [
      'with two names',
      `--${boundary}\r\nContent-Disposition: form-data; name="a"; name="file"\r\n\r\nx\r\n--${boundary}--\r\n`,
    ],
    ['empty', ' '],
  ])('are a 400: %s', async (_what, body) => {
    expect(await post(body)).toMatchObject({ status: 400, json: { title: 'Bad Request' } });
    await expectNoFiles();
  });

  test('may have words before and after them', async () => {
    expect(await post(`preamble\r\n${whole}epilogue`)).toMatchObject({ status: 200, json: { name: 'a.bin' } });
  });

  test('are answered with 200 or a refusal wherever they are broken, however they are cut into chunks', async () => {
    const form = formOf([
      field('title', 'Sea'),
      file('first'),
      file('second\r\n--', { name: 'other' }),
      field('z', ''),
    ]);
    const edits = array(
      record({ at: nat(form.length - 1), with: constantFrom('', '\r\n', '--', boundary, '"', '\u0000', ': ') }),
      {
        maxLength: 3,
      },
    );
    const run = asyncProperty(edits, integer({ min: 1, max: 60 }), boolean(), async (changes, size, streamed) => {
      let text = form.toString('latin1');
      for (const { at, with: put } of changes) text = text.slice(0, at) + put + text.slice(at + 1);
      const bytes = Buffer.from(text, 'latin1');
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      const path = streamed ? '/streams/hash' : '/files/all';
      const answer = await server.post(path, { chunks, headers: { 'content-type': formType } });
      expect([200, 400, 413, 415]).toContain(answer.status);
      if (changes.length === 0) expect(answer.status).toBe(200);
    });
    await checkProperty(run, { numRuns: 150 });
    await expectNoFiles();
  });

  test('leave the connection fit for the next request', async () => {
    const client = await server.connect();
    const broken = Buffer.concat([Buffer.from(whole.replaceAll('name="file"', 'nome="file"')), Buffer.alloc(200_000)]);
    client.send(headOf('/files/optional', broken.length)).stream.write(broken);
    await client.until(' 400 ');
    client.send(headOf('/files/optional', whole.length) + whole);
    expect(await client.until('a.bin')).toContain(' 200 ');
    client.stream.destroy();
  });
});

describeProviders(
  'limits of forms',
  {
    controllers,
    servers: {
      main: {
        limits: {
          body: 10,
          multipart: {
            files: 2,
            fileSize: 500,
            fields: 3,
            fieldSize: 20,
            parts: 4,
            headerPairs: 3,
            headerSize: 300,
            nameSize: 12,
          },
        },
      },
    },
  },
  (server) => {
    const refused = async (multipart: readonly FormPart[], detail: string): Promise<void> => {
      expect(await server.post('/files/all', { multipart })).toMatchObject({ status: 413, json: { detail } });
      await expectNoFiles();
    };

    test('let what is at them pass', async () => {
      const multipart = [field('a', 'x'.repeat(20)), field('b'.repeat(12), ''), file('x'.repeat(500)), file('y')];
      expect(await server.post('/files/all', { multipart })).toMatchObject({ status: 200 });
    });

    test('are a 413 that names the field', async () => {
      const of = 'that are taken here';
      await refused(
        [file('1'), file('2'), file('3', { name: 'third' })],
        `The form has more than the 2 files ${of}; one of 'third' is one too many.`,
      );
      await refused([file('x'.repeat(501))], `The file 'file' is larger than the 500 bytes ${of}.`);
      await refused(
        ['a', 'b', 'c', 'last'].map((name) => field(name, '')),
        `The form has more than the 3 fields ${of}; one of 'last' is one too many.`,
      );
      await refused([field('long', 'x'.repeat(21))], `The field 'long' is larger than the 20 bytes ${of}.`);
      await refused(
        [field('a', ''), field('b', ''), field('c', ''), file('1'), file('2')],
        `The form has more than the 4 parts ${of}.`,
      );
      await refused(
        [field('x'.repeat(13), '')],
        `The name of the field 'xxxxxxxxxxxxx' is longer than the 12 bytes ${of}.`,
      );
      await refused(
        [{ ...field('many', ''), headers: ['X-A: 1', 'X-B: 1', 'X-C: 1'] }],
        `The part 'many' of the form has more than the 3 headers ${of}.`,
      );
      await refused(
        [{ ...field('big', ''), headers: [`X-A: ${'x'.repeat(300)}`] }],
        `The part 'big' of the form has more than the 300 bytes of headers ${of}.`,
      );
    });
  },
);

@Controller('/sized')
class SizedController {
  @Post()
  all(@UploadedFiles({ required: false }) files: DiskFile[]) {
    return { sizes: files.map(({ size }) => size) };
  }

  @Post('/one')
  one(@UploadedFile('file', { maxSize: 1_000, required: false }) _file: DiskFile | undefined) {}
}

describeProviders(
  'the limit of a whole form',
  { controllers: [SizedController], servers: { main: { limits: { multipart: { size: 1_000_000 } } } } },
  (server) => {
    const detail = 'The form is larger than the 1000000 bytes that are taken here.';
    const multipart = [file(Buffer.alloc(500_000)), file(Buffer.alloc(499_000), { name: 'other' })];
    const headers = { 'content-type': formType };

    test('lets what is below it pass', async () => {
      expect((await server.post('/sized', { multipart })).json).toEqual({ sizes: [500_000, 499_000] });
      expect((await server.post('/sized', { chunks: [formOf(multipart)], headers })).status).toBe(200);
    });

    test('is a 413 with and without a length, and for words that belong to no part', async () => {
      const more = formOf([...multipart, file(Buffer.alloc(1_000), { name: 'more' })]);
      expect(await server.post('/sized', { body: more, headers })).toMatchObject({ status: 413, json: { detail } });
      expect(await server.post('/sized', { chunks: [more], headers })).toMatchObject({ status: 413, json: { detail } });
      const preamble = Buffer.alloc(1_000_001, 'x');
      expect(await server.post('/sized', { chunks: [preamble], headers })).toMatchObject({
        status: 413,
        json: { detail },
      });
      await expectNoFiles();
    });
  },
);

describeProviders('the limit of a whole form that nobody has set', { controllers: [SizedController] }, (server) => {
  test('is what the files of the route may have, and a megabyte', async () => {
    const chunks = [Buffer.alloc(1_049_577, 'x')];
    expect(await server.post('/sized/one', { chunks, headers: { 'content-type': formType } })).toMatchObject({
      status: 413,
      json: { detail: 'The form is larger than the 1049576 bytes that are taken here.' },
    });
  });
});

describeProviders('streamed files', { controllers, overHttps: true }, (server) => {
  const chunked = (bytes: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
  const begun = async (): Promise<UploadedStream> =>
    vi.waitFor(() => {
      const { stream } = seen.get('/begun') ?? {};
      if (stream === undefined) throw new Error('not yet');
      return stream;
    });

  test('are read while they arrive, with the fields before them', async () => {
    const bytes = Buffer.alloc(3_000_000, 'bowline');
    const multipart = [field('title', 'Sea'), file(bytes), field('late', 'not read')];
    expect((await server.post('/streams/hash', { multipart })).json).toEqual({
      fields: { title: 'Sea' },
      name: 'a.bin',
      size: bytes.length,
      isCounting: true,
      hash: sha256(bytes),
    });
  });

  test('are handed over at their first bytes', async () => {
    seen.delete('/begun');
    const client = await server.connect();
    client.send(headOf('/streams/begun', 'chunked'));
    client.stream.write(
      chunked(Buffer.concat([partHead({ name: 'file', fileName: 'a' }), Buffer.from('first bytes')])),
    );
    expect((await begun()).name).toBe('a');
    client.stream.write(chunked(Buffer.from('the rest')));
    client.stream.write(chunked(Buffer.concat([Buffer.from('\r\n'), formEnd])));
    client.stream.write('0\r\n\r\n');
    expect(await client.until('"size"')).toContain('{"size":19}');
    client.stream.destroy();
  });

  test('fail with the reason of the signal when the client leaves', async () => {
    seen.delete('/begun');
    const client = await server.connect();
    client.send(headOf('/streams/begun', 1_000_000));
    client.stream.write(partHead({ name: 'file', fileName: 'a' }));
    client.stream.write(Buffer.alloc(1_000));
    await begun();
    client.stream.destroy();
    const { error } = await vi.waitFor(() => {
      const found = seen.get('/begun');
      if (found?.ended !== true) throw new Error('not yet');
      return found;
    });
    expect(error).toMatchObject({ isReason: true, error: { name: 'AbortError' } });
  });

  test('fail with a 400 where the form is cut', async () => {
    const head = partHead({ name: 'file', fileName: 'a' });
    const body = Buffer.concat([head, Buffer.alloc(100_000)]);
    expect(await server.post('/streams/begun', { body, headers: { 'content-type': formType } })).toMatchObject({
      status: 400,
      json: { detail: 'The body is not a valid multipart form: it ends in the middle, or has no boundary.' },
    });
  });

  test('fail with a 413 where they are larger than their limit', async () => {
    const bytes = Buffer.concat([png, Buffer.alloc(100_001)]);
    expect(await server.post('/streams/limited', { multipart: [file(bytes)] })).toMatchObject({
      status: 413,
      json: { detail: "The file 'file' is larger than the 100000 bytes that are taken here." },
    });
    expect((await server.post('/streams/limited', { multipart: [file(png)] })).json).toEqual({
      size: png.length,
      type: 'image/png',
    });
  });

  test('are a 415 before the handler begins where their content is of another type', async () => {
    expect(await server.post('/streams/limited', { multipart: [file(pdf, { type: 'image/png' })] })).toMatchObject({
      status: 415,
      json: { detail: "The file 'file' must be image/png, and is application/pdf." },
    });
  });

  test('are drained where the handler does not read them, and the connection goes on', async () => {
    const body = formOf([file(Buffer.alloc(800_000))]);
    const client = await server.connect();
    client.send(headOf('/streams/unread', body.length)).stream.write(body);
    await client.until('a.bin');
    client.stream.write(headOf('/streams/unread', body.length));
    client.stream.write(body);
    expect((await client.until('a.bin', 2)).split(' 200 ')).toHaveLength(3);
    client.stream.destroy();
    await vi.waitFor(() => expect(seen.get('/unread')?.stream?.stream.destroyed).toBe(true));
  });

  test('are cut where the rest that nobody reads does not end', async () => {
    const client = await server.connect();
    client.send(`${headOf('/streams/unread', 'chunked')}ffffffff\r\n`);
    await client.send(`${partHead({ name: 'file', fileName: 'a.bin' }).toString()}x`).until('a.bin');
    const block = Buffer.alloc(1_000_000);
    const push = (): void => {
      while (!client.closed && client.stream.write(block));
    };
    client.stream.on('drain', push);
    push();
    await client.end();
    expect(client.text).toContain(' 200 ');
  });

  test('hold the client back while nobody reads them', async () => {
    const gate = Promise.withResolvers<void>();
    gates.set('/waiting', gate);
    seen.delete('/waiting');
    const bytes = Buffer.alloc(50_000_000);
    const body = formOf([file(bytes)]);
    const client = await server.connect();
    client.send(headOf('/streams/waiting', body.length)).stream.write(body);
    const stream = await vi.waitFor(() => {
      const { stream: found } = seen.get('/waiting') ?? {};
      if (found === undefined) throw new Error('not yet');
      return found;
    });
    // Many turns of the server's loop, in which all of it would have come.
    for (let round = 0; round < 50; round++) await server.post('/files/optional', { multipart: [] });
    expect(stream.size).toBeLessThan(2_000_000);
    gate.resolve();
    expect(await client.until('"size"')).toContain('{"size":50000000}');
    client.stream.destroy();
  });

  test('come after the fields and files that are read before them', async () => {
    const fields = [field('title', 'Sea'), field('year', '2026')];
    const cover = file('cover', { name: 'cover' });
    expect((await server.post('/streams/fields', { multipart: [...fields, cover, file('xyz')] })).json).toEqual({
      title: 'Sea',
      cover: 5,
      size: 3,
    });
    expect(await server.post('/streams/fields', { multipart: [cover, file('xyz'), ...fields] })).toMatchObject({
      status: 400,
      json: {
        detail: expect.stringContaining(
          "Only the fields before the file 'file' are read: send the fields before the file.",
        ) as unknown,
        errors: expect.arrayContaining([expect.objectContaining({ path: '/title' })]) as unknown,
      },
    });
    expect(await server.post('/streams/fields', { multipart: [...fields, file('xyz'), cover] })).toMatchObject({
      status: 400,
      json: { detail: "The file 'cover' is required, and has to be sent before the file 'file'." },
    });
    await expectNoFiles();
  });

  test('do not mind what follows them, whatever it is', async () => {
    const good = formOf([file('xyz')]);
    const body = Buffer.concat([good.subarray(0, -formEnd.length), Buffer.from(`--${boundary}\r\nno part at all`)]);
    expect((await server.post('/streams/begun', { body, headers: { 'content-type': formType } })).json).toEqual({
      size: 3,
    });
  });
});

describeProviders('temporary folders', { controllers }, (server: ProviderUnderTest) => {
  const folders = (): Promise<string[]> => readdir(own.path);

  test('are made with the first file and removed when the application closes', async () => {
    const before = await folders();
    const other = await server.startAnother();
    expect(await folders()).toEqual(before);
    const body = formOf([file('x')]);
    const send = () =>
      other.inject({ method: 'POST', url: '/files/disk', headers: { 'content-type': formType }, body });
    expect((await send()).statusCode).toBe(200);
    expect((await send()).statusCode).toBe(200);
    expect(await folders()).toHaveLength(before.length + 1);
    await other.close();
    expect(await folders()).toEqual(before);
  });

  test('are made anew where something has cleaned the system\u2019s', async () => {
    await server.post('/files/disk', { multipart: [file('x')] });
    await expectNoFiles();
    for (const folder of await folders()) await rm(join(own.path, folder), { recursive: true });
    expect((await server.post('/files/disk', { multipart: [file('x')] })).status).toBe(200);
  });

  test('are empty after a drain has cut an upload', async () => {
    const before = await folders();
    const other = await server.startAnother({ drainTimeout: 100 });
    const { connectTo } = await import('../server/raw-client.js');
    const client = await connectTo(other.url);
    client.send(headOf('/files/disk', 1_000_000));
    client.stream.write(partHead({ name: 'file', fileName: 'a' }));
    client.stream.write(Buffer.alloc(100_000));
    await vi.waitFor(async () => expect(await filesLeft()).toHaveLength(1));
    await other.close();
    expect(await folders()).toEqual(before);
    server.log.rest();
  });
});
