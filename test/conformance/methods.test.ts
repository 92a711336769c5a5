import { All, Controller, Get, Head, HttpContext, Ctx, Options, Post, Delete, Put } from 'bowline';
import { expect, test } from 'vitest';
import { answersIn } from './harness/client.js';
import { describeProviders } from './harness/describe-providers.js';

@Controller('/things')
class ThingController {
  @Get()
  list() {
    return [{ name: 'Tau' }, { name: 'Zürich' }];
  }

  @Get('/:id')
  find() {
    return { id: 1 };
  }

  @Put('/:id')
  replace() {
    return 'replaced';
  }

  @Delete('/:id')
  remove() {}

  @Post('/only-posted')
  post() {
    return 'posted';
  }
}

@Controller('/own')
class OwnController {
  @Get('/head')
  get() {
    return 'got';
  }

  @Head('/head')
  head(@Ctx() ctx: HttpContext) {
    ctx.set('x-from', 'head');
    return 'got';
  }

  @Options('/options')
  options(@Ctx() ctx: HttpContext) {
    ctx.set('allow', 'GET').set('x-from', 'options');
  }

  @All('/all')
  all(@Ctx() ctx: HttpContext) {
    return `all ${ctx.method}`;
  }

  @Post('/all')
  post() {
    return 'own post';
  }
}

describeProviders('methods', { controllers: [ThingController, OwnController] }, (server) => {
  test('answers HEAD with the headers of GET and without a body', async () => {
    const get = await server.get('/things');
    const head = await server.call('HEAD', '/things');
    const { date: _get, ...expected } = get.headers;
    const { date: _head, ...headers } = head.headers;
    expect(get.status).toBe(200);
    expect(head.status).toBe(200);
    expect(headers).toEqual(expected);
    expect(headers['content-length']).toBe(String(get.body.length));
    expect(head.body.length).toBe(0);
  });

  test('sends no byte of a body after the head of a HEAD answer', async () => {
    const client = await server.connect();
    client.send('HEAD /things HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    const received = await client.end();
    expect(received.endsWith('\r\n\r\n')).toBe(true);
    expect(received.split('\r\n\r\n')).toHaveLength(2);
  });

  test('answers HEAD of an unknown path with 404 and without a body', async () => {
    const answer = await server.call('HEAD', '/nothing');
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(0);
    expect(answer.body.length).toBe(0);
  });

  test('prefers a route of @Head to the one that follows from @Get', async () => {
    const answer = await server.call('HEAD', '/own/head');
    expect(answer).toMatchObject({ status: 200, headers: { 'x-from': 'head', 'content-length': '3' }, text: '' });
  });

  test('answers OPTIONS of a known path with 204 and Allow', async () => {
    const answer = await server.call('OPTIONS', '/things/1');
    expect(answer.status).toBe(204);
    expect(answer.headers.allow).toBe('GET, HEAD, PUT, DELETE, OPTIONS');
    expect(answer.body.length).toBe(0);
    expect(answer.headers['content-length']).toBeUndefined();
    expect(answer.headers['transfer-encoding']).toBeUndefined();
  });

  test('answers OPTIONS of the whole server with what any of its routes takes', async () => {
    const client = await server.connect();
    client.send('OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    const [answer] = answersIn(await client.end());
    expect(answer?.status).toBe(204);
    expect(answer?.head.toLowerCase()).toContain('\r\nallow: get, head, post, put, patch, delete, options');
  });

  test('answers OPTIONS of an unknown path with 404', async () => {
    expect(await server.call('OPTIONS', '/nothing')).toMatchObject({ status: 404 });
  });

  test('prefers a route of @Options to the automatic answer', async () => {
    const answer = await server.call('OPTIONS', '/own/options');
    expect(answer).toMatchObject({ status: 204, headers: { allow: 'GET', 'x-from': 'options' } });
  });

  test('answers a known path by another method with 405 and Allow', async () => {
    const answer = await server.call('PATCH', '/things/1');
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD, PUT, DELETE, OPTIONS');
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.json).toMatchObject({ title: 'Method Not Allowed', status: 405 });
  });

  test('allows no HEAD where there is no GET', async () => {
    const answer = await server.get('/own/options');
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'OPTIONS' } });
    const head = await server.call('HEAD', '/own/options');
    expect(head.status).toBe(405);
  });

  test('answers a method that HTTP knows and no route has with 405', async () => {
    expect(await server.call('PROPFIND', '/things')).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
  });

  test('answers a method that is none with 501 in the shape of all errors', async () => {
    const client = await server.connect();
    client.send('FROB /things HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [answer] = answersIn(await client.end());
    expect(answer?.status).toBe(501);
    expect(answer?.head.toLowerCase()).toContain('content-type: application/problem+json; charset=utf-8');
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ title: 'Not Implemented', status: 501 });
  });

  test('answers an unknown path with 404 that names it', async () => {
    const answer = await server.get('/nothing/here?x=1');
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({ title: 'Not Found', status: 404, detail: 'There is nothing at /nothing/here.' });
  });

  test.each(['GET', 'PUT', 'PATCH', 'DELETE'])('answers %s by a route of @All', async (method) => {
    expect(await server.call(method, '/own/all')).toMatchObject({ status: 200, text: `all ${method}` });
  });

  test('prefers a route that names its method to @All', async () => {
    expect(await server.post('/own/all')).toMatchObject({ status: 200, text: 'own post' });
  });

  test('takes the method as it is and not from a header or a form', async () => {
    const answer = await server.post('/things/only-posted', {
      headers: { 'x-http-method-override': 'DELETE' },
      form: '_method=DELETE',
    });
    expect(answer).toMatchObject({ status: 200, text: 'posted' });
  });
});
