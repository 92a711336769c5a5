import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Body, Controller, createApplication, defineModule, HttpProvider, loadProvider, Post } from 'bowline';
import { expect, test, vi } from 'vitest';

const bodies: WeakRef<Readable>[] = [];

@Controller()
class StreamController {
  @Post()
  async take(@Body() body: Readable): Promise<string> {
    bodies.push(new WeakRef(body));
    let size = 0;
    for await (const chunk of body) size += (chunk as Buffer).length;
    return String(size);
  }
}

test('a request whose body was read as a stream is kept no longer than its exchange', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const app = await createApplication({
    modules: [
      defineModule({
        name: 'streamModule',
        controllers: [StreamController],
        bind: async ({ bind }) => {
          bind(HttpProvider).toConstantValue(await loadProvider('node'));
        },
      }),
    ],
    logger: { level: 'error' },
    signals: false,
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  for (let count = 0; count < 10; count++) {
    const answer = await fetch(app.url, { method: 'POST', body: 'x'.repeat(1_000) });
    expect(await answer.text()).toBe('1000');
  }
  // The connection itself may keep its last one.
  await vi.waitFor(() => {
    collect();
    expect(bodies.filter((each) => each.deref() !== undefined).length).toBeLessThan(3);
  });
  await app.close();
});
