import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Body,
  Clock,
  Controller,
  createApplication,
  defineModule,
  ErrorFormat,
  Get,
  Injectable,
  Logger,
  Post,
  type Application,
} from 'bowline';
import { afterEach, describe, expect, it } from 'vitest';
import { problemsOf, shop } from './boot-fixture.js';

@Controller('/hello')
class HelloController {
  @Get() hello(): string {
    return 'hello';
  }
  @Post() echo(@Body({ validate: false }) body: object): object {
    return body;
  }
}

const hello = defineModule({ controllers: [HelloController] });
const local = { port: 0, host: '127.0.0.1' };

function make(options: Parameters<typeof createApplication>[0] = {}): Promise<Application> {
  return createApplication({
    modules: [hello],
    logger: { level: 'silent' },
    signals: false,
    drainIdleTimeout: 20,
    ...options,
  }) as Promise<Application>;
}

const opened: Server[] = [];

async function foreignServer(listener?: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(listener ?? (() => undefined));
  opened.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

afterEach(() => {
  for (const server of opened.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function text(url: string): Promise<string> {
  return (await fetch(url, { headers: { connection: 'close' } })).text();
}

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was thrown';
}

describe('a server that cannot listen', () => {
  it('names itself and a port that is taken, and leaves nothing open', async () => {
    const port = await foreignServer();
    const app = await make({ servers: { main: {}, admin: { port, host: '127.0.0.1' } } });
    await expect(app.listen(local)).rejects.toThrow(
      `The server 'admin' cannot listen on 127.0.0.1:${port}: another process listens there; stop it, or choose another port.`,
    );
    expect(app.state).toBe('stopped');
  });

  it('names a host that this machine does not have', async () => {
    await expect((await make()).listen({ port: 0, host: '203.0.113.7' })).rejects.toThrow(
      "The server 'main' cannot listen on 203.0.113.7:0: this machine has no such address.",
    );
    await expect((await make()).listen({ port: 8080, host: 'no.such.host.invalid' })).rejects.toThrow(
      "The server 'main' cannot listen on no.such.host.invalid:8080: no address is known for this host name.",
    );
  });

  it.skipIf(process.getuid?.() === 0)('names a port that needs a privilege', async () => {
    await expect((await make()).listen({ port: 1, host: '127.0.0.1' })).rejects.toThrow(
      "The server 'main' cannot listen on 127.0.0.1:1: this process may not; ports below 1024 need a privilege.",
    );
  });

  it('names a Unix socket in a folder that does not exist, or where a file is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bowline-'));
    await writeFile(join(folder, 'file'), '');
    await expect((await make()).listen({ path: join(folder, 'none/app.sock') })).rejects.toThrow(
      `The server 'main' cannot listen on ${folder}/none/app.sock: this process may not create a socket there, or the folder does not exist.`,
    );
    await expect((await make()).listen({ path: join(folder, 'file') })).rejects.toThrow(
      `The server 'main' cannot listen on ${folder}/file: a file is there already, and nobody listens on it: an earlier process has left it; remove it.`,
    );
    await rm(folder, { recursive: true });
  });

  it('is told by a wrong address before anything is built', async () => {
    const app = await make();
    await expect(app.listen(70_000)).rejects.toThrow(
      'listen(port) is 70000; it must be a whole number from 0 to 65535.',
    );
    await expect(app.listen('3000' as never)).rejects.toThrow(
      "listen(port) is '3000'; it must be a whole number from 0 to 65535.",
    );
    await expect(app.listen(Number.NaN)).rejects.toThrow(
      'listen(port) is NaN; it must be a whole number from 0 to 65535.',
    );
    await expect(app.listen({ path: '/tmp/x', port: 1 })).rejects.toThrow(
      'listen({ path }) is given beside a port or host; it must be given alone.',
    );
    await expect(app.listen({ prot: 1 } as never)).rejects.toThrow(
      'There is no option listen({ prot }). Did you mean port?',
    );
    expect(app.state).toBe('created');
  });
});

describe('a server that listens', () => {
  it('takes a free port for 0 and tells its address', async () => {
    await using app = await make();
    await app.listen(local);
    expect(app.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(app.servers['main']?.url).toBe(app.url);
    expect(await text(`${app.url}/hello`)).toBe('hello');
  });

  it('may be a Unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bowline-'));
    const socketPath = join(folder, 'app.sock');
    await using app = await make();
    await app.listen({ path: socketPath });
    const status = await new Promise((resolve, reject) => {
      request({ socketPath, path: '/hello', agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    expect(app.url).toBe(`http+unix://${encodeURIComponent(socketPath)}`);
  });

  it('keeps what the server was declared with beside what listen is told', async () => {
    const declared = { main: { host: '127.0.0.1', port: 1 } };
    await using app = await make({ servers: declared });
    await app.listen(0);
    expect(app.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await using other = await make({ servers: { main: { host: '127.0.0.1', port: 0 } } });
    await other.listen();
    expect(other.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('is closed by `await using`', async () => {
    let url: string;
    {
      await using app = await make();
      await app.listen(local);
      ({ url } = app);
    }
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('is closed by an aborted signal', async () => {
    const controller = new AbortController();
    const app = await make();
    await app.listen({ ...local, signal: controller.signal });
    const { url } = app;
    controller.abort();
    expect(app.state).toBe('lame-duck');
    await app.close();
    expect(app.state).toBe('stopped');
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('is closed by a signal that was aborted while it opened', async () => {
    const controller = new AbortController();
    const app = await make();
    const listening = app.listen({ ...local, signal: controller.signal });
    controller.abort();
    await expect(listening).rejects.toThrow('This operation was aborted');
    expect(app.state).toBe('stopped');
  });

  it('does not open with a signal that is aborted already', async () => {
    const app = await make();
    await expect(app.listen({ ...local, signal: AbortSignal.abort() })).rejects.toThrow('This operation was aborted');
    expect(app.state).toBe('created');
    await app.close();
  });
});

describe('calls in a wrong order', () => {
  it('say so before the application has started', async () => {
    const app = await make();
    const wrong = (call: string): string =>
      `${call} was called while the application is created. Await start() or listen() first.`;
    expect(messageOf(() => app.handler())).toBe(wrong('handler()'));
    expect(messageOf(() => app.servers)).toBe(wrong('servers'));
    expect(messageOf(() => app.url)).toBe(
      'url was called while the application is created. Call listen() first; an application that was only started has no address.',
    );
    await expect(app.fetch(new Request('http://x/hello'))).rejects.toThrow(wrong('fetch()'));
    await expect(app.inject({ url: '/hello' })).rejects.toThrow(wrong('inject()'));
  });

  it('say so after it was closed', async () => {
    const app = await make();
    await app.start();
    await app.close();
    const closed = (call: string): string => `${call} was called while the application is stopped.`;
    await expect(app.start()).rejects.toThrow(
      `${closed('start()')} A stopped application does not start again: create a new one.`,
    );
    await expect(app.listen(local)).rejects.toThrow(
      `${closed('listen()')} A stopped application does not start again: create a new one.`,
    );
    await expect(app.fetch(new Request('http://x/hello'))).rejects.toThrow(
      `${closed('fetch()')} A stopped application does not start again: create a new one.`,
    );
    expect(messageOf(() => app.url)).toBe(
      `${closed('url')} A stopped application does not start again: create a new one.`,
    );
    expect(messageOf(() => app.handler())).toBe(
      `${closed('handler()')} A stopped application does not start again: create a new one.`,
    );
  });

  it('say so where it listens already', async () => {
    await using app = await make();
    await app.listen(local);
    await expect(app.listen(local)).rejects.toThrow(
      'listen() was called while the application is ready. It listens already; a second address is a second server.',
    );
  });

  it('open once where two are made at the same time', async () => {
    await using app = await make();
    const results = await Promise.allSettled([app.listen(local), app.listen(local)]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await text(`${app.url}/hello`)).toBe('hello');
  });

  it('join where a second one means the same', async () => {
    const app = await make();
    await Promise.all([app.start(), app.start()]);
    await app.start();
    expect(app.state).toBe('ready');
    await Promise.all([app.close(), app.close()]);
    await app.close();
    expect(app.state).toBe('stopped');
  });

  it('close what was never started', async () => {
    const app = await make();
    await app.close();
    expect(app.state).toBe('stopped');
  });

  it('close what is still starting, and what is still opening', async () => {
    let built = 0;
    let disposed = 0;
    @Injectable()
    class Pool {
      constructor() {
        built += 1;
      }
      [Symbol.dispose](): void {
        disposed += 1;
      }
    }
    const app = await make({ modules: [defineModule({ services: [Pool] })] });
    const starting = app.start().catch((error: unknown) => error);
    await app.close();
    await starting;
    expect(app.state).toBe('stopped');
    expect(disposed).toBe(built);

    const other = await make();
    await other.start();
    const listening = other.listen(local).then(
      () => 'listens',
      (error: unknown) => (error as Error).message,
    );
    await Promise.resolve();
    await other.close();
    expect(await listening).toMatch(/^listen\(\) was called while the application is \S+\. A stopped/);
    expect(other.state).toBe('stopped');
  });
});

describe('an application without a socket', () => {
  it('answers under a server of somebody else', async () => {
    await using app = await make();
    await app.start();
    const port = await foreignServer(app.handler());
    expect(await text(`http://127.0.0.1:${port}/hello`)).toBe('hello');
    expect((await fetch(`http://127.0.0.1:${port}/none`)).status).toBe(404);
  });

  it('answers 503 under a server of somebody else once it is closed', async () => {
    const logged: string[] = [];
    const note = (message: string): void => void logged.push(message);
    const ignore = (): void => undefined;
    const log = { trace: ignore, debug: ignore, info: ignore, warn: note, error: note, child: () => log } as Logger;
    const app = await make({ logger: log });
    await app.start();
    const port = await foreignServer(app.handler());
    await app.close();
    const response = await fetch(`http://127.0.0.1:${port}/hello`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.get('connection')).toBe('close');
    expect(await response.json()).toEqual({
      title: 'Service Unavailable',
      status: 503,
      detail: 'The application is closing.',
      code: 'BOW_SHUTTING_DOWN',
    });
    // Each request would be an error with its stack, and none is anybody's mistake.
    expect(logged).toEqual([]);
  });

  it('answers a Web Request', async () => {
    await using app = await make();
    await app.start();
    const response = await app.fetch(new Request('http://example.com/hello'));
    expect([response.status, await response.text()]).toEqual([200, 'hello']);
    const echoed = await app.fetch(
      new Request('http://x/hello', {
        method: 'POST',
        body: '{"a":1}',
        headers: { 'content-type': 'application/json' },
      }),
    );
    expect(await echoed.json()).toEqual({ a: 1 });
    expect((await app.fetch(new Request('http://x/hello', { method: 'HEAD' }))).status).toBe(200);
  });

  it('may have neither a controller nor a server of its own', async () => {
    await using app = await createApplication({ signals: false, logger: { level: 'silent' } });
    await app.start();
    expect((await app.fetch(new Request('http://x/'))).status).toBe(404);
  });
});

describe('two applications in one process', () => {
  it('do not see the controllers of each other', async () => {
    @Controller('/bye')
    class ByeController {
      @Get() bye(): string {
        return 'bye';
      }
    }
    await using first = await (await make()).start();
    await using second = await (await make({ modules: [defineModule({ controllers: [ByeController] })] })).start();
    const status = async (app: Application, url: string): Promise<number> => (await app.inject({ url })).statusCode;
    expect([await status(first, '/hello'), await status(first, '/bye')]).toEqual([200, 404]);
    expect([await status(second, '/hello'), await status(second, '/bye')]).toEqual([404, 200]);
  });

  it('build a controller that both have for each of them', async () => {
    await using first = await (await make()).start();
    await using second = await (await make()).start();
    expect(first.container.get(HelloController)).not.toBe(second.container.get(HelloController));
  });
});

describe('what is bound to a contract of Bowline', () => {
  it('has all of its members', async () => {
    const module = shop({
      bind: ({ bind }) => {
        bind(Logger).toConstantValue({ info: () => {}, child: () => {} } as never);
        bind(Clock).toConstantValue({ now: () => 0 } as never);
        bind(ErrorFormat).toConstantValue((() => 'x') as never);
      },
    });
    expect(await problemsOf([module])).toEqual([
      'shop could not bind Logger: it has no trace, debug, warn, error; the contract has the methods trace, debug, info, warn, error, child. [BOW_BINDING_FAILED]',
      'shop could not bind Clock: it has no elapsed, schedule, turn, wait; the contract has the methods now, elapsed, schedule, turn, wait. [BOW_BINDING_FAILED]',
      'shop could not bind ErrorFormat: it has no format; the contract has the methods format. [BOW_BINDING_FAILED]',
    ]);
  });

  it('has them also where it is made at start', async () => {
    const module = shop({ bind: ({ bind }) => void bind(ErrorFormat).toDynamicValue(() => ({}) as never) });
    await expect((await make({ modules: [module] })).start()).rejects.toThrow(
      'shop could not bind ErrorFormat: it has no format; the contract has the methods format.',
    );
  });

  it('may throw as a logger, and the application listens and closes all the same', async () => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', onWarning);
    const fail = (): never => {
      throw new Error('disk full');
    };
    const log = { trace: fail, debug: fail, info: fail, warn: fail, error: fail, child: fail } as Logger;
    const app = await make({ logger: log });

    await app.listen(local);
    expect(await text(`${app.url}/hello`)).toBe('hello');
    await app.close();

    await expect
      .poll(() => warnings)
      .toContainEqual(expect.stringMatching(/^The bound Logger threw \(disk full\) at: The server 'main' listens on/));
    process.off('warning', onWarning);
  });
});
