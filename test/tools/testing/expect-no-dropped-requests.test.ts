import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  createApplication,
  defineModule,
  Get,
  HttpProvider,
  loadProvider,
  Post,
  type Application,
  type ModuleOptions,
} from 'bowline';
import {
  expectNoDroppedRequests,
  RequestsDroppedError,
  Test,
  type LoadReport,
  type StoppableInstance,
} from 'bowline/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { certificate } from '../../conformance/harness/certificate.js';
import { providers } from '../../conformance/harness/describe-providers.js';
import { plainRequests, startPlain, takeLeave, type PlainServer } from './plain-server.js';

@Controller()
class LoadedController {
  @Get('/hello')
  async hello(): Promise<string> {
    await setTimeout(1);
    return 'hello';
  }

  @Post('/echo')
  echo(@Body({ validate: false }) body: object): object {
    return body;
  }

  @Post('/count')
  async count(@Body() bytes: Uint8Array): Promise<number> {
    await setTimeout(2);
    return bytes.length;
  }

  @Get('/long')
  long(): Readable {
    return Readable.from(blocks());
  }
}

async function* blocks(): AsyncGenerator<Buffer> {
  for (let block = 0; block < 20; block++) {
    yield Buffer.alloc(20_000, 'x');
    await setTimeout(10);
  }
}

const loadedModule = defineModule({ controllers: [LoadedController] });

async function startOn(provider: (typeof providers)[number], { secure = false } = {}): Promise<Application> {
  const bind = async (module: Parameters<NonNullable<ModuleOptions['bind']>>[0]): Promise<void> => {
    module.bind(HttpProvider).toConstantValue(await loadProvider(provider));
  };
  const app = await createApplication({
    modules: [loadedModule, defineModule({ bind })],
    logger: { level: 'silent' },
    signals: false,
    servers: { main: secure ? { tls: certificate } : {} },
  });
  return app.listen({ host: '127.0.0.1', port: 0 });
}

/** An instance that a balancer is to leave alone from the moment in which it begins to close. */
function untilClosed(app: Application): StoppableInstance {
  return { url: app.url, stop: () => app.close(), ready: () => app.state === 'ready' };
}

const quick = { requests: plainRequests, stopAfter: 200, uploadDuration: 150, deadline: 5_000 };

describe('expectNoDroppedRequests', () => {
  it.each(providers)('loses nothing when an application on %s stops under load', async (provider) => {
    const report = await expectNoDroppedRequests({ ...quick, start: () => startOn(provider) });

    if (process.env['SHOW']) console.log(JSON.stringify(report));
    expect(report.lost).toEqual([]);
    expect(report.statuses).toEqual({ 200: report.total.answered });
    for (const counts of Object.values(report.byLoad)) expect(counts.answered).toBeGreaterThan(0);
    expect(report.sentAfterStop).toBeGreaterThan(0);
    expect(report.connectionsLeftOpen).toBe(0);
  });

  it('loses nothing when a plain server takes leave as it should', async () => {
    const report = await expectNoDroppedRequests({ ...quick, start: () => startPlain(takeLeave) });

    expect(report.total.answered).toBeGreaterThan(100);
    expect(report.stops).toEqual([{ instance: expect.any(String), took: expect.any(Number), failure: undefined }]);
  });

  it('loses nothing over https', async () => {
    const report = await expectNoDroppedRequests({
      ...quick,
      // Clients that are told to leave have somewhere to go: handshakes that come again and again let no port be closed.
      instances: 2,
      start: async () => untilClosed(await startOn('node', { secure: true })),
      tls: { ca: certificate.cert, servername: 'localhost' },
    });

    expect(report.total.answered).toBeGreaterThan(50);
  });

  it('loses nothing when another process is told to end', async () => {
    const start = () => startProcess(leavingApplication);
    const report = await expectNoDroppedRequests({ ...quick, requests: { get: '/' }, start, avoidStopping: true });

    expect(report.total.answered).toBeGreaterThan(50);
    expect(report.connectionsLeftOpen).toBe(0);
  });

  it('takes a test application as it is', async () => {
    const start = () =>
      Test.createApplication({ modules: [loadedModule], drainIdleTimeout: 1_000 })
        .create()
        .then((app) => app.listen());
    const report = await expectNoDroppedRequests({ ...quick, start, requests: { get: '/hello' } });

    expect(report.byLoad.pipelined.answered).toBeGreaterThan(0);
    expect(report.byLoad.upload.sent + report.byLoad.stream.sent).toBe(0);
  });

  it('stops one of several instances after the other, and gives new connections to those that are ready', async () => {
    const apps: Application[] = [];
    const report = await expectNoDroppedRequests({
      ...quick,
      instances: 3,
      start: async () => {
        const app = await startOn('node');
        apps.push(app);
        return untilClosed(app);
      },
    });

    expect(report.stops.map(({ failure }) => failure)).toEqual([undefined, undefined, undefined]);
    expect(report.refusedAfterStop).toBe(0);
    expect(apps.map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped']);
  });

  it('asks a URL whether an instance is ready', async () => {
    const asked: string[] = [];
    const report = await expectNoDroppedRequests({
      ...quick,
      instances: 2,
      start: async () => {
        const instance = await startPlain(takeLeave, (plain) => {
          plain.server.on('request', ({ url }) => url === '/ready' && asked.push(url));
        });
        return { ...instance, readyUrl: `${instance.url}/ready` };
      },
    });

    expect(report.lost).toEqual([]);
    expect(asked.length).toBeGreaterThan(2);
  });

  it('counts a refusal with 503 as moved where that is allowed, and else as lost', async () => {
    const refuse = async (plain: PlainServer): Promise<void> => {
      plain.server.prependListener('request', (_request, response) =>
        response.writeHead(503, { connection: 'close' }).end(),
      );
      await takeLeave(plain);
    };
    const trial = { ...quick, requests: { get: '/hello' }, start: () => startPlain(refuse) };

    const allowed = await expectNoDroppedRequests({ ...trial, allowRefusals: true });
    expect(allowed.total.moved).toBeGreaterThan(0);
    const error = await failureOf(expectNoDroppedRequests(trial));
    expect(error.report.lostByKind).toEqual({ ...none, '5xx': expect.toSatisfy(isPositive) });
  });

  it('takes a 503 that says when to come back for an answer where that is allowed, and no other', async () => {
    const answering = (headers: Record<string, string>) => (plain: PlainServer) => {
      let isTried = false;
      plain.server.prependListener('request', (_request, response) => {
        if (isTried) response.writeHead(503, { ...headers, 'content-length': 0 }).end();
        isTried = true;
      });
    };
    const trialOf = (headers: Record<string, string>) => ({
      ...quick,
      requests: { get: '/hello' },
      start: () => startPlain(takeLeave, answering(headers)),
    });

    const allowed = await expectNoDroppedRequests({ ...trialOf({ 'retry-after': '1' }), allowRetryAfter: true });
    expect(allowed.lost).toEqual([]);
    expect(allowed.statuses[503]).toBeGreaterThan(0);
    for (const trial of [trialOf({ 'retry-after': '1' }), { ...trialOf({}), allowRetryAfter: true }]) {
      const error = await failureOf(expectNoDroppedRequests(trial));
      expect(error.report.lostByKind['5xx']).toBeGreaterThan(0);
    }
  });

  it('says what was lost, when, on which connection, and which bytes came', async () => {
    const cut = (plain: PlainServer): Promise<void> => {
      plain.server.close();
      plain.server.closeAllConnections();
      return Promise.resolve();
    };
    const connections = { backToBack: 0, pipelined: 0, halfSent: 0, stream: 1 };
    const trial = expectNoDroppedRequests({
      ...quick,
      stopAfter: 100,
      connections,
      start: () => startPlain(cut),
      seed: 7,
    });
    const { message, report, code } = await failureOf(trial);

    expect(code).toBe('BOW_REQUESTS_DROPPED');
    expect(message).toContain(`requests of ${report.total.sent} were lost (${report.lostByKind.refused} refused, `);
    expect(message).toMatch(
      /truncated: GET \/long \(streamed answer\) on a new connection to http:\/\/127\.0\.0\.1:\d+; sent \d+ ms before the stop began, lost \d+ ms into the stop: .*; \d+ bytes sent, \d+ bytes of the answer came: "HTTP\/1\.1 200 OK\\r\\nDate: /,
    );
    expect(message).toContain('`seed: 7`');
  });

  it('does not begin with a request that fails anyway', async () => {
    const stopped: string[] = [];
    const start = async () => {
      const { url } = await startPlain(takeLeave);
      return { url, stop: () => Promise.resolve(stopped.push(url)) };
    };
    await expect(expectNoDroppedRequests({ ...quick, start, requests: { get: '/none' } })).rejects.toThrow(
      "requests.get is '/none', which answers 404; it must be",
    );
    expect(stopped).toHaveLength(1);
  });

  it('refuses options that it does not know', async () => {
    const start = () => startPlain(takeLeave);
    await expect(expectNoDroppedRequests({ start, requests: {}, dedline: 1 } as never)).rejects.toThrow(
      'Did you mean expectNoDroppedRequests.deadline?',
    );
    await expect(expectNoDroppedRequests({ start, requests: {} })).rejects.toThrow('at least one request');
  });

  it('does not call a load without a client a proof', async () => {
    const start = () => startPlain(takeLeave);
    const trial = { start, requests: { stream: '/long' }, stopAfter: 0 };
    await expect(expectNoDroppedRequests({ ...trial, connections: { stream: 0 } })).rejects.toThrow('more than 0');
    const unix = { ...(await start()), url: 'http+unix://%2Ftmp%2Fapp.sock' };
    await expect(expectNoDroppedRequests({ ...trial, start: () => unix })).rejects.toThrow('an http or https URL');
  });

  describe('turns red for', () => {
    it('resources that are closed before requests have finished', async () => {
      const { lostByKind } = await reportOfFailure(async (plain) => {
        plain.isResourceOpen = false;
        await takeLeave(plain);
      });
      expect(lostByKind).toEqual({ ...none, '5xx': expect.toSatisfy(isPositive) });
    });

    it('idle sockets that are cut while a request is on its way', async () => {
      const { lostByKind } = await reportOfFailure(async (plain) => {
        plain.server.closeIdleConnections();
        await takeLeave(plain);
      });
      expect(lostByKind.reset + lostByKind.empty).toBeGreaterThan(0);
      expect(lostByKind).toMatchObject({ refused: 0, '5xx': 0 });
    });

    it('a server that closes everything at once', async () => {
      const { lostByKind } = await reportOfFailure((plain) => {
        plain.server.close();
        plain.server.closeAllConnections();
        return Promise.resolve();
      });
      expect(lostByKind.reset + lostByKind.empty).toBeGreaterThan(0);
      expect(lostByKind.truncated).toBeGreaterThan(0);
    });

    it('a request listener that is removed first', async () => {
      const { lostByKind, stops } = await reportOfFailure(async (plain) => {
        plain.server.removeAllListeners('request');
        await takeLeave(plain);
      });
      expect(lostByKind.empty).toBeGreaterThan(0);
      expect(stops[0]?.failure).toBe('did not stop within 600 ms');
    });

    it('answers that promise keep-alive on connections that end with them', async () => {
      const { lostByKind } = await reportOfFailure(async (plain) => {
        plain.closeListener();
        plain.server.prependListener('request', ({ socket }, response) => {
          response.on('finish', () => socket.destroy());
        });
        await plain.whenGone();
      });
      expect(lostByKind.reset + lostByKind.empty).toBeGreaterThan(0);
    });

    it('a port that is closed before the stop', async () => {
      const { lostByKind } = await reportOfFailure(takeLeave, (plain) => {
        let requests = 0;
        plain.server.prependListener('request', (_request, response) => {
          if (++requests < 50) return;
          if (requests === 50) plain.closeListener();
          response.shouldKeepAlive = false;
        });
      });
      expect(lostByKind.refused).toBeGreaterThan(0);
    });

    it('several instances of which none is ready any more', async () => {
      let isReady = true;
      const start = async () => {
        const { url, stop } = await startPlain(takeLeave);
        const stopAll = (): Promise<unknown> => {
          isReady = false;
          return stop();
        };
        return { url, stop: stopAll, ready: () => isReady };
      };
      const { report } = await failureOf(expectNoDroppedRequests({ ...quick, instances: 2, start }));
      expect(report.lostByKind).toEqual({ ...none, refused: expect.toSatisfy(isPositive) });
    });

    it('a process that ends at once', async () => {
      const start = () => startProcess(heedlessServer);
      const { report } = await failureOf(expectNoDroppedRequests({ ...quick, requests: { get: '/' }, start }));
      expect(report.lostByKind.reset + report.lostByKind.empty).toBeGreaterThan(0);
    });

    it('a stop that rejects', async () => {
      const cause = new Error('the pool has gone');
      const stop = async (plain: PlainServer): Promise<void> => {
        await takeLeave(plain);
        throw cause;
      };
      const error = await failureOf(expectNoDroppedRequests({ ...quick, start: () => startPlain(stop) }));
      expect(error.message).toContain('could not be stopped: the pool has gone');
      expect(error.cause).toBe(cause);
    });

    it('a stop without a deadline, although every request is answered', async () => {
      const { lostByKind, stops } = await reportOfFailure(() => new Promise(() => {}));
      expect(lostByKind).toEqual(none);
      expect(stops[0]?.failure).toBe('did not stop within 600 ms');
    });
  });
});

const none = { refused: 0, reset: 0, empty: 0, truncated: 0, '5xx': 0 };

const isPositive = (count: number): boolean => count > 0;

async function failureOf(trial: Promise<LoadReport>): Promise<RequestsDroppedError> {
  const thrown: unknown = await trial.catch((error: unknown) => error);
  if (thrown instanceof RequestsDroppedError) return thrown;
  throw new Error('It did not find what is wrong.', { cause: thrown });
}

/** What the clients saw of a plain server that is stopped in a wrong way. */
async function reportOfFailure(
  stop: (plain: PlainServer) => Promise<void>,
  prepare?: (plain: PlainServer) => void,
): Promise<LoadReport> {
  const start = () => startPlain(stop, prepare);
  return (await failureOf(expectNoDroppedRequests({ ...quick, deadline: 600, start }))).report;
}

/** What `npm run build` made, with its decorators called by hand. */
const leavingApplication = `
  import { Controller, createApplication, defineModule, Get } from 'bowline';
  class Hello { hello() { return 'hello'; } }
  Get('/')(Hello.prototype, 'hello', Object.getOwnPropertyDescriptor(Hello.prototype, 'hello'));
  Controller()(Hello);
  const app = await createApplication({ modules: [defineModule({ controllers: [Hello] })], logger: { level: 'silent' } });
  await app.listen({ host: '127.0.0.1', port: 0 });
  console.log(app.url);`;

/** A service that does not listen for the signal. */
const heedlessServer = `
  import { createServer } from 'node:http';
  const server = createServer((request, response) => response.end('hello'));
  server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port));`;

/** Runs a program that prints its URL, and is stopped by SIGTERM. */
async function startProcess(program: string): Promise<StoppableInstance> {
  const args = ['--input-type=module', '--eval', program];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const [url] = (await once(child.stdout, 'data')) as [Buffer];
  const stop = (): Promise<unknown> => {
    child.kill('SIGTERM');
    return exited;
  };
  return { url: url.toString().trim(), stop };
}
