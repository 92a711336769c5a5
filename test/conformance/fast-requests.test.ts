import { Body, Controller, Ctx, Get, HttpContext, Post, Signal } from 'bowline';
import { expect, test } from 'vitest';
import { answersIn } from './harness/client.js';
import { describeProviders } from './harness/describe-providers.js';

@Controller()
class FastController {
  @Get('/plain')
  plain() {
    return 'plain';
  }

  @Get('/later')
  async later(@Signal() signal: AbortSignal) {
    await new Promise((resolve) => setImmediate(resolve));
    return { aborted: signal.aborted };
  }

  @Post('/body')
  body(@Body({ validate: false }) body: unknown) {
    return { got: body ?? 'nothing' };
  }

  @Get('/text')
  async text(@Ctx() ctx: HttpContext) {
    return { text: await ctx.text() };
  }
}

const fixture = {
  controllers: [FastController],
  servers: { main: { emptyRequests: 'fast' as const } },
};

describeProviders('requests without a body, whose stream has ended before they are seen', fixture, (server) => {
  test('are answered', async () => {
    expect(await server.get('/plain')).toMatchObject({ status: 200, text: 'plain' });
    expect(await server.get('/nothing')).toMatchObject({ status: 404 });
  });

  test('have a signal that does not abort', async () => {
    expect(await server.get('/later')).toMatchObject({ status: 200, json: { aborted: false } });
  });

  test('have an empty body', async () => {
    expect((await server.get('/text')).json).toEqual({ text: '' });
    expect((await server.post('/body')).json).toEqual({ got: 'nothing' });
    expect((await server.post('/body', { headers: { 'content-length': '0' } })).json).toEqual({ got: 'nothing' });
  });

  test('do not keep those with one from being read', async () => {
    expect((await server.post('/body', { json: { a: 1 } })).json).toEqual({ got: { a: 1 } });
    const answer = await server.post('/body', {
      chunks: ['{"a":', '2}'],
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.json).toEqual({ got: { a: 2 } });
  });

  test('are answered in their order when they are pipelined', async () => {
    const client = await server.connect();
    const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
    client.send(get('/later') + get('/plain') + get('/later', 'Connection: close\r\n'));
    expect(answersIn(await client.end()).map(({ body }) => body)).toEqual([
      '{"aborted":false}',
      'plain',
      '{"aborted":false}',
    ]);
  });
});
