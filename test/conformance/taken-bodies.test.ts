import { Body, Controller, Ctx, HttpContext, loadProvider, Post, type LoadableProvider } from 'bowline';
import express from 'express';
import Koa from 'koa';
import { afterEach, expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';

@Controller('/bodies')
class BodyController {
  @Post('/form')
  form(@Ctx() ctx: HttpContext) {
    return ctx.form();
  }

  @Post('/object')
  object(@Body({ validate: false }) body: object) {
    return { body };
  }

  @Post('/text')
  text(@Body() body: string) {
    return { body };
  }

  @Post('/bytes')
  async bytes(@Ctx() ctx: HttpContext) {
    return Buffer.from(await ctx.bytes()).toString();
  }

  @Post('/as-text')
  asText(@Ctx() ctx: HttpContext) {
    return ctx.text();
  }
}

/** Native parsers of three kinds of body, and of bytes, in front of our routes. */
const instances: Partial<Readonly<Record<LoadableProvider, () => object>>> = {
  express: () =>
    express().use(express.json(), express.urlencoded(), express.text(), express.raw({ type: 'application/*+json' })),
  koa: () =>
    new Koa().use(async (koa, next) => {
      const chunks: Buffer[] = [];
      for await (const chunk of koa.req) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      const type = koa.request.type;
      const parsed =
        type === 'application/json'
          ? (JSON.parse(bytes.toString()) as unknown)
          : type === 'application/x-www-form-urlencoded'
            ? Object.fromEntries(new URLSearchParams(bytes.toString()))
            : type === 'text/plain'
              ? bytes.toString()
              : bytes;
      Object.assign(koa.request, { body: parsed });
      await next();
    }),
};

const fixture = {
  controllers: [BodyController],
  provider(name: LoadableProvider) {
    const instance = instances[name];
    return instance === undefined ? loadProvider(name) : loadProvider(name, { instance });
  },
};

describeProviders('bodies that native middleware may have read', fixture, (server) => {
  // It tells once that it takes them over.
  afterEach(() => {
    const lines = server.log.rest().filter(({ message }) => !message.startsWith('Native middleware reads bodies'));
    expect(lines).toEqual([]);
  });
  const post = (path: string, type: string, body: string) =>
    server.post(`/bodies${path}`, { body, headers: { 'content-type': type } });

  test('are what a route takes', async () => {
    expect((await post('/object', 'application/json', '{"a":1}')).json).toEqual({ body: { a: 1 } });
    expect((await post('/object', 'application/x-www-form-urlencoded', 'a=1')).json).toEqual({ body: { a: '1' } });
    expect((await post('/form', 'application/x-www-form-urlencoded', 'a=1')).json).toEqual({ a: '1' });
    expect((await post('/text', 'text/plain', 'a text')).json).toEqual({ body: 'a text' });
  });

  test('are parsed where only their bytes were read', async () => {
    expect((await post('/object', 'application/merge-patch+json', '{"a":1}')).json).toEqual({ body: { a: 1 } });
    expect((await post('/object', 'application/merge-patch+json', '{')).status).toBe(400);
    expect((await post('/bytes', 'application/merge-patch+json', '{"a":1}')).text).toBe('{"a":1}');
  });

  test.each([
    ['/form', 'application/json', '{"a":1}'],
    ['/object', 'text/plain', 'a text'],
    ['/text', 'application/json', '{"a":1}'],
    ['/text', 'application/x-www-form-urlencoded', 'a=1'],
  ])('are a 415 where the route takes another type: %s %s', async (path, type, body) => {
    expect(await post(path, type, body)).toMatchObject({
      status: 415,
      headers: { accept: expect.any(String) as string },
    });
  });

  if (instances[server.name] === undefined) return;
  test.each(['/bytes', '/as-text'])('are a mistake of the server where they are gone: %s', async (path) => {
    expect((await post(path, 'application/json', '{"a":1}')).status).toBe(500);
    const line = server.log.rest().find(({ level }) => level === 'error');
    expect(line?.fields['error']).toMatchObject({
      message: expect.stringMatching(
        /^Native middleware has read and parsed the body, so what came is gone\./,
      ) as string,
    });
  });
});
