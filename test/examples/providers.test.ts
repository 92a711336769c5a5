import { afterEach, describe, expect, test } from 'vitest';
import { startProcess, type RunningProcess } from './running-process.js';

let service: RunningProcess | undefined;

afterEach(async () => {
  await service?.stop('SIGKILL');
  service = undefined;
});

async function start(provider: string): Promise<RunningProcess> {
  service = await startProcess(process.execPath, ['--import', 'bowline/register', `examples/providers/${provider}.ts`]);
  return service;
}

describe.each([
  ['node', 'IncomingMessage'],
  ['fastify', 'Request'],
  ['express', 'IncomingMessage'],
  ['koa', 'Object'],
  ['hono', 'Context'],
])('the native escape hatch of %s', (provider, nativeRequest) => {
  test('serves the controller, hands out the native request and ends with 0', async () => {
    const { url, stop } = await start(provider);

    expect(await (await fetch(`${url}/greetings/Ada`)).json()).toEqual({ message: 'Hello, Ada' });
    expect(await (await fetch(`${url}/greetings/native/class`)).json()).toEqual({ request: nativeRequest });
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    expect(await stop()).toBe(0);
  });
});

test.each(['fastify', 'express', 'koa', 'hono'])(
  'native code of %s works around and beside our routes',
  async (provider) => {
    const { url } = await start(provider);

    const ours = await fetch(`${url}/greetings/Ada`);
    const native = await fetch(`${url}/native`);

    expect(ours.headers.get('x-served-by')).toBe(provider);
    expect(await native.json()).toEqual({ native: true });
  },
);

test('a handler on node answers on the native response itself', async () => {
  const { url } = await start('node');

  expect(await (await fetch(`${url}/clock`)).text()).toBe('HTTP/1.1');
});
