import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startProcess, type RunningProcess } from './running-process.js';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let folder = '';
let service: RunningProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bowline-example-'));
});
afterEach(async () => {
  await service?.stop('SIGKILL');
  await rm(folder, { recursive: true });
});

/** The temporary folder is inside the one of the test, so that what is left can be seen. */
async function start(provider: string): Promise<RunningProcess> {
  const env = { PROVIDER: provider, FOLDER: join(folder, 'avatars'), TMPDIR: folder };
  return (service = await startProcess(process.execPath, ['examples/uploads/dist/main.js'], env));
}

function form(parts: readonly (readonly [name: string, value: string | Uint8Array, fileName?: string])[]): FormData {
  const data = new FormData();
  for (const [name, value, fileName] of parts) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, new Blob([new Uint8Array(value)]), fileName ?? 'a.bin');
  }
  return data;
}

describe.each(['node', 'fastify', 'express', 'koa', 'hono'])('the uploads example on %s', (provider) => {
  test('keeps an avatar, checks photos, hashes a recording and leaves no temporary file', async () => {
    const { url, stop } = await start(provider);

    const kept = await fetch(`${url}/users/7/avatar`, { method: 'PUT', body: form([['avatar', png, '../me.png']]) });
    expect(kept.status).toBe(201);
    expect(await kept.json()).toEqual({ user: 7, name: 'me.png', type: 'image/png', size: png.length });
    expect(await readFile(join(folder, 'avatars/7.png'))).toEqual(png);
    const shown = await fetch(`${url}/users/7/avatar`);
    expect(shown.headers.get('content-type')).toBe('image/png');
    const text = form([['avatar', Buffer.from('no picture'), 'me.png']]);
    expect((await fetch(`${url}/users/8/avatar`, { method: 'PUT', body: text })).status).toBe(415);
    expect((await fetch(`${url}/users/8/avatar`)).status).toBe(404);

    const album = form([
      ['title', 'Sea'],
      ['year', '2026'],
      ['photos', png, 'a.png'],
      ['photos', png, 'b.png'],
    ]);
    const checked = await fetch(`${url}/albums`, { method: 'POST', body: album });
    const photo = { type: 'image/png', size: png.length, sha256: sha256(png) };
    expect(await checked.json()).toEqual({
      title: 'Sea',
      year: 2026,
      photos: [
        { name: 'a.png', ...photo },
        { name: 'b.png', ...photo },
      ],
    });

    const bytes = Buffer.alloc(5_000_000, 'recording');
    const recording = form([
      ['title', 'Talk'],
      ['recording', bytes, 'talk.ogg'],
    ]);
    const hashed = await fetch(`${url}/recordings`, { method: 'POST', body: recording });
    expect(await hashed.json()).toEqual({ title: 'Talk', name: 'talk.ogg', size: bytes.length, sha256: sha256(bytes) });
    const late = form([
      ['recording', bytes, 'talk.ogg'],
      ['title', 'Talk'],
    ]);
    const refused = await fetch(`${url}/recordings`, { method: 'POST', body: late });
    expect(refused.status).toBe(400);
    expect(((await refused.json()) as { detail: string }).detail).toContain('send the fields before the file');

    expect(await (await fetch(url)).text()).toContain('<h1>Uploads</h1>');
    expect(await stop('SIGTERM')).toBe(0);
    expect(await readdir(folder)).toEqual(['avatars']);
  });
});
