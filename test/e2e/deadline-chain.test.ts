import {
  Controller,
  createApplication,
  Deadline,
  defineModule,
  Get,
  HttpProvider,
  Injectable,
  loadProvider,
  Signal,
  UsePolicy,
  type Application,
  type LoadableProvider,
} from 'bowline';
import { HttpClient, isRetryableHttp } from 'bowline/client';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { providers } from '../conformance/harness/describe-providers.js';

/** What the caller at the edge is ready to wait. Milliseconds. */
const patience = 300;

/** What one service saw of the calls that reached it. */
class Sight {
  begun = 0;
  /** When each of them ended. */
  readonly ended: number[] = [];
}

/** A service that asks the next one, or, at the end of the chain, never answers. */
async function serve(
  provider: LoadableProvider,
  name: string,
  next: Application | undefined,
  sight: Sight,
  edge?: number,
): Promise<Application> {
  @Injectable()
  class Next {
    readonly client = new HttpClient({ baseUrl: next?.url ?? 'http://127.0.0.1', name, propagate: true });

    @UsePolicy('next')
    async ask(@Signal() signal?: AbortSignal): Promise<unknown> {
      sight.begun++;
      const given = signal === undefined ? {} : { signal };
      try {
        // Whoever is further down may know a millisecond before: then its answer is what ends the work here.
        return await (next === undefined ? wait(60_000, undefined, given) : this.client.get('/work', given));
      } finally {
        sight.ended.push(performance.now());
      }
    }
  }

  @Controller('/work')
  class WorkController {
    constructor(private readonly next: Next) {}

    @Get()
    @Deadline(edge ?? 60_000)
    work(): Promise<unknown> {
      return this.next.ask();
    }
  }
  const app = await createApplication({
    modules: [
      defineModule({
        services: [Next],
        controllers: [WorkController],
        bind: async ({ bind }) => void bind(HttpProvider).toConstantValue(await loadProvider(provider)),
      }),
    ],
    // Each would try again for long, had nobody told it that there is no time.
    policies: { next: { retry: { maxAttempts: 5, backoff: 100, retryOn: isRetryableHttp }, attemptTimeout: 5_000 } },
    servers: { main: { port: 0, host: '127.0.0.1', trustProxy: 'loopback' } },
    signals: false,
    logger: { level: 'silent' },
  });
  onTestFinished(async () => {
    await app.close();
  });
  return app.listen();
}

async function chain(
  provider: LoadableProvider,
): Promise<{ readonly edge: Application; readonly sights: readonly Sight[] }> {
  const sights = [new Sight(), new Sight(), new Sight()] as const;
  const last = await serve(provider, 'last', undefined, sights[2]);
  const middle = await serve(provider, 'middle', last, sights[1]);
  return { edge: await serve(provider, 'edge', middle, sights[0], patience), sights };
}

describe.each(providers)('a deadline at the edge of three services on %s', (provider) => {
  it(
    'stops the work of all of them when it passes, and nobody begins what cannot be finished',
    { timeout: 20_000 },
    async () => {
      const { edge, sights } = await chain(provider);

      const from = performance.now();
      const { status } = await fetch(new URL('/work', edge.url));
      const answered = performance.now() - from;
      await expect.poll(() => sights.every(({ ended }) => ended.length === 1)).toBe(true);

      const late = sights.map(({ ended }) => (ended[0] ?? Number.NaN) - from - patience);
      console.log(
        `${provider}: deadline of ${patience} ms: answered with ${status} after ${answered.toFixed(0)} ms; their work ended ${late.map((each) => each.toFixed(0)).join(', ')} ms after it had passed`,
      );
      expect(status).toBe(504);
      expect(sights.map(({ begun }) => begun)).toEqual([1, 1, 1]);
    },
  );

  it('is not waited for where the client has left', { timeout: 20_000 }, async () => {
    const { edge, sights } = await chain(provider);
    const client = new AbortController();
    const asked = fetch(new URL('/work', edge.url), { signal: client.signal }).catch(() => 'left');
    await expect.poll(() => sights.every(({ begun }) => begun === 1)).toBe(true);

    const from = performance.now();
    client.abort();
    await expect.poll(() => sights.every(({ ended }) => ended.length === 1)).toBe(true);

    const late = sights.map(({ ended }) => (ended[0] ?? Number.NaN) - from);
    console.log(
      `${provider}: client left: their work ended ${late.map((each) => each.toFixed(0)).join(', ')} ms later`,
    );
    expect(await asked).toBe('left');
    expect(sights.map(({ begun }) => begun)).toEqual([1, 1, 1]);
  });
});
