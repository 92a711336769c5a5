import { Body, Controller, Ctx, Get, HttpContext, Injectable, Param, Post, Signal } from 'bowline';
import { expect, test, vi } from 'vitest';
import { describeProviders, type ProviderUnderTest } from './harness/describe-providers.js';

/** Where a handler and the behaviour that called it wait for each other. */
class Meeting {
  readonly #entered = Promise.withResolvers<AbortSignal>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #released = Promise.withResolvers<void>();
  readonly entered: Promise<AbortSignal> = this.#entered.promise;
  readonly closed: Promise<void> = this.#closed.promise;
  readonly released: Promise<void> = this.#released.promise;

  enter(ctx: HttpContext, signal: AbortSignal): void {
    ctx.onClose(() => this.#closed.resolve());
    this.#entered.resolve(signal);
  }

  release(): void {
    this.#released.resolve();
  }
}

@Injectable()
class Meetings {
  readonly #all = new Map<string, Meeting>();

  at(place: string): Meeting {
    const known = this.#all.get(place);
    if (known !== undefined) return known;
    const made = new Meeting();
    this.#all.set(place, made);
    return made;
  }
}

@Controller()
class SignalController {
  constructor(private readonly meetings: Meetings) {}

  @Get('/quick/:place')
  quick(@Param('place') place: string, @Ctx() ctx: HttpContext, @Signal() signal: AbortSignal) {
    this.meetings.at(place).enter(ctx, signal);
    return { aborted: signal.aborted };
  }

  @Get('/until-left/:place')
  async untilLeft(@Param('place') place: string, @Ctx() ctx: HttpContext, @Signal() signal: AbortSignal) {
    this.meetings.at(place).enter(ctx, signal);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    return 'too late';
  }

  @Get('/throws-when-left/:place')
  async throwsWhenLeft(@Param('place') place: string, @Ctx() ctx: HttpContext, @Signal() signal: AbortSignal) {
    const meeting = this.meetings.at(place);
    meeting.enter(ctx, signal);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    meeting.release();
    signal.throwIfAborted();
  }

  @Get('/until-released/:place')
  async untilReleased(@Param('place') place: string, @Ctx() ctx: HttpContext, @Signal() signal: AbortSignal) {
    const meeting = this.meetings.at(place);
    meeting.enter(ctx, signal);
    await meeting.released;
    return { aborted: signal.aborted, same: signal === ctx.signal };
  }

  @Post('/body/:place')
  body(
    @Param('place') place: string,
    @Body({ validate: false }) body: unknown,
    @Ctx() ctx: HttpContext,
    @Signal() signal: AbortSignal,
  ) {
    this.meetings.at(place).enter(ctx, signal);
    return { body, aborted: signal.aborted };
  }
}

function meet(server: ProviderUnderTest): Meeting & { place: string } {
  const place = crypto.randomUUID();
  return Object.assign(server.app.container.get(Meetings).at(place), { place });
}

const fixture = { controllers: [SignalController], services: [Meetings], overHttps: true };

describeProviders('the signal', fixture, (server) => {
  const noConnections = () => vi.waitFor(() => expect(server.app.servers['main']?.connections).toBe(0));

  test('aborts when the client leaves before the answer', async () => {
    const { place, entered, closed } = meet(server);
    const client = await server.connect();
    client.send(`GET /until-left/${place} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const signal = await entered;
    expect(signal.aborted).toBe(false);
    client.stream.destroy();
    await closed;
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ name: 'AbortError' });
  });

  test('that a handler throws when the client has left is not an error in the log', async () => {
    const { place, entered, released } = meet(server);
    const client = await server.connect();
    client.send(`GET /throws-when-left/${place} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await entered;
    client.stream.destroy();
    await released;
    await noConnections();
    expect((await entered).aborted).toBe(true);
  });

  test('does not abort when the answer is finished', async () => {
    const { place, entered, closed } = meet(server);
    expect((await server.get(`/quick/${place}`)).json).toEqual({ aborted: false });
    await closed;
    await noConnections();
    expect((await entered).aborted).toBe(false);
  });

  test('does not abort when the client leaves after the answer', async () => {
    const { place, entered, closed } = meet(server);
    const client = await server.connect();
    client.send(`GET /quick/${place} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await client.until('"aborted":false');
    await closed;
    client.stream.destroy();
    await noConnections();
    expect((await entered).aborted).toBe(false);
  });

  test('does not abort once a body has arrived', async () => {
    const { place, entered, closed } = meet(server);
    expect((await server.post(`/body/${place}`, { json: { a: 1 } })).json).toEqual({ body: { a: 1 }, aborted: false });
    await closed;
    expect((await entered).aborted).toBe(false);
  });

  test('is one for a request, and open while its handler runs', async () => {
    const { place, entered, release } = Object.assign(meet(server));
    const answer = server.get(`/until-released/${place}`);
    await entered;
    release.call(server.app.container.get(Meetings).at(place));
    expect((await answer).json).toEqual({ aborted: false, same: true });
  });

  test('of one client does not abort when another leaves', async () => {
    const [staying, leaving] = [meet(server), meet(server)];
    const answer = server.get(`/until-released/${staying.place}`);
    const client = await server.connect();
    client.send(`GET /until-left/${leaving.place} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await Promise.all([staying.entered, leaving.entered]);
    client.stream.destroy();
    await leaving.closed;
    staying.release();
    expect((await answer).json).toMatchObject({ aborted: false });
  });

  test('is not needed for a client that leaves while its body arrives to be forgotten', async () => {
    const client = await server.connect();
    client.send(
      'POST /body/none HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":',
    );
    await vi.waitFor(() => expect(server.app.servers['main']?.inFlight).toBe(1));
    client.stream.destroy();
    await noConnections();
    expect(server.app.servers['main']?.inFlight).toBe(0);
  });
});
