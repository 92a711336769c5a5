import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SystemClock } from '../../../src/foundation/index.js';
import { TemporaryFiles } from '../../../src/http/files/temporary-files.js';

let folder = '';
let files = new TemporaryFiles();
const before = process.env['TMPDIR'];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'temporary-files-test-'));
  process.env['TMPDIR'] = folder;
  files = new TemporaryFiles();
});
afterEach(async () => {
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  await rm(folder, { recursive: true });
});

const close = (): Promise<void> => files.close(new SystemClock(), 5_000);
const content = (text: string): Readable => Readable.from([Buffer.from(text)], { objectMode: false });

it('makes no folder where no file is written', async () => {
  await close();
  expect(await readdir(folder)).toEqual([]);
});

it('tells of each chunk once that is in the file, in their order', async () => {
  const chunks = Array.from({ length: 50 }, (_, index) => Buffer.alloc(30_000, index));
  const written: Buffer[] = [];
  const file = await files.write(Readable.from(chunks, { objectMode: false }), (chunk) => {
    written.push(Buffer.from(chunk));
    // What is in the file already may be overwritten.
    chunk.fill(255);
  });
  const whole = await readFile(file.path);
  expect(whole.equals(Buffer.concat(written))).toBe(true);
  expect(whole.equals(Buffer.concat(Array.from(chunks, (_, index) => Buffer.alloc(30_000, index))))).toBe(true);
  await close();
});

it('removes what was written of a file that fails', async () => {
  const failing = Readable.from(
    (function* () {
      yield Buffer.alloc(100_000);
      throw new RangeError('torn');
    })(),
  );
  await expect(files.write(failing)).rejects.toThrow('torn');
  const [own = ''] = await readdir(folder);
  expect(await readdir(join(folder, own))).toEqual([]);
  await close();
});

it('keeps what is moved, over what lay there, and removes the rest', async () => {
  const kept = await files.write(content('kept'));
  const other = await files.write(content('other'));
  expect((await stat(dirname(kept.path))).mode & 0o777).toBe(0o700);
  await writeFile(join(folder, 'there'), 'before');
  await kept.moveTo(join(folder, 'there'));
  await kept.remove();
  await other.remove();
  expect(await readFile(join(folder, 'there'), 'utf8')).toBe('kept');
  expect(existsSync(other.path)).toBe(false);
  await close();
  expect(await readdir(folder)).toEqual(['there']);
});

it('says why a file cannot be moved, and removes one whose move has failed', async () => {
  const file = await files.write(content('x'));
  const nowhere = join(folder, 'no/such/folder');
  await expect(file.moveTo(nowhere)).rejects.toThrow('ENOENT');
  const moving = file.moveTo(nowhere);
  await expect(file.moveTo(nowhere)).rejects.toThrow('it is being moved');
  const removal = file.remove();
  await expect(moving).rejects.toThrow('ENOENT');
  await removal;
  expect(existsSync(file.path)).toBe(false);
  await expect(file.moveTo(nowhere)).rejects.toThrow('its request is over, and it has been removed');
  await close();
});

it.runIf(existsSync('/dev/shm'))('moves to another volume', async () => {
  const file = await files.write(content('far'));
  const target = `/dev/shm/${folder.split('/').at(-1)}`;
  await file.moveTo(target);
  expect(await readFile(target, 'utf8')).toBe('far');
  expect(await readdir(dirname(join(folder, (await readdir(folder))[0] ?? '', 'x')))).toEqual([]);
  await rm(target);
  await close();
});

it('takes no file once it is closed, and removes those that are left', async () => {
  const left = await files.write(content('left'));
  await close();
  expect(existsSync(left.path)).toBe(false);
  await expect(files.write(content('late'))).rejects.toThrow('The application is closed');
  await left.remove();
  expect(await readdir(folder)).toEqual([]);
});
