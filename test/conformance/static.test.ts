import { symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  BootError,
  type ContainerModuleLoadOptions,
  Controller,
  createApplication,
  defineModule,
  Get,
  Post,
  StaticFolder,
} from 'bowline';
import { expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';
import { temporaryFolder } from './harness/folder.js';

const folder = temporaryFolder({
  'public/index.html': '<h1>home</h1>',
  'public/app.js': 'run()',
  'public/a b.txt': 'blank',
  'public/grün.txt': 'green',
  'public/100%.txt': 'percent',
  'public/inner/index.html': '<h1>inner</h1>',
  'public/inner/style.css': 'p {}',
  'public/bare/file.txt': 'file',
  'public/private/plan.txt': 'plan',
  'public/taken.txt': 'never seen',
  'public/.env': 'SECRET=1',
  'public/.git/config': 'hidden',
  'other/main.html': '<h1>other</h1>',
  'other/index.html': 'not the index',
  'other/.well-known/security.txt': 'Contact: us',
  'outside.txt': 'outside',
});
const root = join(folder, 'public');
const other = join(folder, 'other');
symlinkSync(join(root, 'app.js'), join(root, 'link.js'));
symlinkSync(other, join(root, 'elsewhere'));

@Controller('/assets')
class TakenController {
  @Get('/taken.txt')
  taken() {
    return 'by a controller';
  }

  @Post('/upload')
  upload() {
    return 'uploaded';
  }
}

const fixture = {
  controllers: [TakenController],
  overHttps: true,
  bind: ({ bind }: ContainerModuleLoadOptions) => {
    bind(StaticFolder).toConstantValue(new StaticFolder('/assets', root));
    bind(StaticFolder).toConstantValue(
      new StaticFolder('/other', other, { maxAge: 60_000, index: 'main.html', dotfiles: 'allow', etag: false }),
    );
    bind(StaticFolder).toConstantValue(new StaticFolder('/plain', root, { index: false }));
  },
};

describeProviders('static folders', fixture, (server) => {
  test('serve their files', async () => {
    expect(await server.get('/assets/app.js')).toMatchObject({
      status: 200,
      text: 'run()',
      headers: {
        'content-type': 'text/javascript; charset=utf-8',
        'content-length': '5',
        etag: expect.stringContaining('W/"') as unknown,
      },
    });
    expect(await server.get('/assets/inner/style.css?v=1')).toMatchObject({ status: 200, text: 'p {}' });
    expect(await server.get('/assets/link.js')).toMatchObject({ status: 200, text: 'run()' });
  });

  test.each(['/assets/elsewhere', '/assets/elsewhere/', '/assets/elsewhere/main.html'])(
    'serve nothing that a link leads out to: %s',
    async (path) => {
      expect((await server.get(path)).status).toBe(404);
    },
  );

  test.each([
    ['a%20b.txt', 'blank'],
    ['gr%C3%BCn.txt', 'green'],
    ['100%25.txt', 'percent'],
    ['%61pp.js', 'run()'],
  ])('decode names once: %s', async (name, text) => {
    expect(await server.get(`/assets/${name}`)).toMatchObject({ status: 200, text });
  });

  test('answer HEAD, ranges and conditions as files do', async () => {
    const { headers } = await server.get('/assets/app.js');
    const { etag = '' } = headers;
    const head = await server.call('HEAD', '/assets/app.js');
    expect(head).toMatchObject({ status: 200, text: '', headers: { 'content-length': '5', etag } });
    expect((await server.get('/assets/app.js', { headers: { 'if-none-match': etag } })).status).toBe(304);
    const part = await server.get('/assets/app.js', { headers: { range: 'bytes=0-2' } });
    expect(part).toMatchObject({ status: 206, text: 'run', headers: { 'content-range': 'bytes 0-2/5' } });
    expect((await server.get('/assets/app.js', { headers: { range: 'bytes=9-' } })).status).toBe(416);
  });

  test.each([
    ['/assets/', '<h1>home</h1>'],
    ['/assets/inner/', '<h1>inner</h1>'],
    ['/other/', '<h1>other</h1>'],
  ])('serve the index of a folder: %s', async (path, text) => {
    expect(await server.get(path)).toMatchObject({
      status: 200,
      text,
      headers: { 'content-type': 'text/html; charset=utf-8' },
    });
  });

  test.each([
    ['/assets', '/assets/'],
    ['/assets?a=1', '/assets/?a=1'],
    ['/assets/inner', '/assets/inner/'],
    ['/assets/%69nner?a=/b', '/assets/%69nner/?a=/b'],
  ])('redirect %s to the folder', async (path, location) => {
    expect(await server.get(path)).toMatchObject({ status: 301, headers: { location } });
    expect(await server.call('HEAD', path)).toMatchObject({ status: 301, text: '', headers: { location } });
  });

  test.each([
    '/assets/missing.js',
    '/assets/app.js/',
    '/assets/app.js/x',
    '/assets/bare',
    '/assets/bare/',
    '/assets/.env',
    '/assets/%2eenv',
    '/assets/.git/config',
    '/assets/../outside.txt',
    '/assets/../../outside.txt',
    '/assets/%2e%2e/outside.txt',
    '/assets/%2e%2e%2foutside.txt',
    '/assets/..%2foutside.txt',
    '/assets/..%5coutside.txt',
    '/assets/inner/../../outside.txt',
    '/assets/inner%2f..%2f..%2foutside.txt',
    '/assets/%252e%252e/outside.txt',
    '/assets/app.js%00',
    '/assets/%00',
    '/plain',
    '/plain/',
    '/plain/inner',
    '/plain/inner/',
  ])('have nothing at %s', async (path) => {
    const answer = await server.get(path);
    expect(answer).toMatchObject({ status: 404, json: { title: 'Not Found', status: 404 } });
    expect(answer.text).not.toContain(folder);
  });

  test.each([
    '/assets/inner%2Fstyle.css',
    '/assets/inner/../private/plan.txt',
    '/assets/./private/plan.txt',
    '/assets//private/plan.txt',
    '/assets/private%2fplan.txt',
    '/assets/private//plan.txt',
    '/assets/private%5Cplan.txt',
  ])('have one path for each file, so that a guard on it holds: %s', async (path) => {
    expect((await server.get(path)).status).toBe(404);
  });

  test('say why there is nothing as every path does', async () => {
    expect((await server.get('/assets/missing.js')).json).toEqual({
      title: 'Not Found',
      status: 404,
      detail: 'There is nothing at /assets/missing.js.',
    });
  });

  test('refuse a path that cannot be decoded with 400', async () => {
    expect((await server.get('/assets/%zz')).status).toBe(400);
    expect((await server.get('/assets/%ff.txt')).status).toBe(400);
  });

  test('leave routes of controllers alone', async () => {
    expect(await server.get('/assets/taken.txt')).toMatchObject({ status: 200, text: 'by a controller' });
    expect(await server.post('/assets/upload')).toMatchObject({ status: 200, text: 'uploaded' });
  });

  test.each(['POST', 'PUT', 'DELETE'])('take no other method: %s', async (method) => {
    expect(await server.call(method, '/assets/app.js')).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
  });

  test('answer OPTIONS with what they allow', async () => {
    expect(await server.call('OPTIONS', '/assets/inner/style.css')).toMatchObject({
      status: 204,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
  });

  test('have options of their own', async () => {
    const { headers } = await server.get('/other/main.html');
    expect(headers).toMatchObject({ 'cache-control': 'public, max-age=60' });
    expect(headers['etag']).toBeUndefined();
    expect(await server.get('/other/.well-known/security.txt')).toMatchObject({ status: 200, text: 'Contact: us' });
    expect((await server.get('/plain/app.js')).status).toBe(200);
  });

  test('are shown among the routes', () => {
    const shown = server.app.routes.filter(({ controller }) => controller === 'StaticFolder');
    expect(shown.map(({ method, path, server: name }) => `${name} ${method} ${path}`)).toEqual(
      ['/assets', '/assets/*', '/other', '/other/*', '/plain', '/plain/*'].map((path) => `main GET ${path}`),
    );
  });
});

describeProviders('static folders of an application', { controllers: [TakenController] }, (server) => {
  test('are declared before it starts', async () => {
    const started = await server.startAnother({ servers: { main: {}, admin: { port: 0, host: '127.0.0.1' } } });
    expect(() => started.static('/late', root)).toThrow(/static\(\) was called while the application is ready/);
    await started.close();
  });
});

const module = defineModule({ controllers: [TakenController] });

test('app.static serves a relative folder below the whole path, whatever the prefix of its server', async () => {
  const servers = { main: { prefix: '/api' }, admin: { port: 0, host: '127.0.0.1' } };
  const app = await createApplication({ modules: [module], servers, signals: false, logger: { level: 'silent' } });
  app.static('/files', relative(process.cwd(), root)).static('/', other, { server: 'admin' });
  await app.start();
  expect((await app.inject({ url: '/files/app.js' })).statusCode).toBe(200);
  expect((await app.inject({ url: '/api/files/app.js' })).statusCode).toBe(404);
  expect((await app.inject({ url: '/api/assets/taken.txt' })).body.toString()).toBe('by a controller');
  expect((await app.inject({ url: '/' }, 'admin')).body.toString()).toBe('not the index');
  expect((await app.inject({ url: '/main.html' }, 'admin')).statusCode).toBe(200);
  expect((await app.inject({ url: '//outside.txt/..' }, 'admin')).statusCode).toBe(404);
  await app.close();
});

test('app.static gives way to a wildcard of a controller', async () => {
  @Controller('/assets')
  class WildController {
    @Get('/*')
    any() {
      return 'wild';
    }
  }
  const modules = [defineModule({ controllers: [WildController] })];
  const app = await createApplication({ modules, signals: false, logger: { level: 'silent' } });
  await app.static('/assets', root).start();
  expect((await app.inject({ url: '/assets/app.js' })).body.toString()).toBe('wild');
  expect(app.routes.map(({ controller, path }) => `${controller} ${path}`)).toEqual([
    'WildController /assets/*',
    'StaticFolder /assets',
  ]);
  await app.close();
});

test('app.static serves under strict slashes too', async () => {
  const servers = { main: { trailingSlash: 'strict' as const } };
  const app = await createApplication({ modules: [module], servers, signals: false, logger: { level: 'silent' } });
  await app.static('/pages', root).start();
  const statuses = ['/pages', '/pages/', '/pages/inner', '/pages/inner/', '/pages/app.js'].map(
    async (url) => (await app.inject({ url })).statusCode,
  );
  expect(await Promise.all(statuses)).toEqual([301, 200, 301, 200, 200]);
  await app.close();
});

test('what is wrong with static folders is told when the application starts, all at once', async () => {
  const app = await createApplication({ modules: [module], signals: false, logger: { level: 'silent' } });
  app
    .static('/missing', join(folder, 'missing'))
    .static('/file', join(folder, 'outside.txt'))
    .static('/:name', root)
    .static('/a?b', root)
    .static('/twice', root)
    .static('/twice/', other)
    .static('/elsewhere', root, { server: 'admn' as 'main' })
    .static('/misspelt', root, { maxage: 1 } as object)
    .static('/index', root, { index: '../index.html' });
  const error = await app.start().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(BootError);
  const { problems } = error as BootError;
  expect(problems.map(({ code }) => code)).toEqual([
    'BOW_FOLDER_INVALID',
    'BOW_FOLDER_INVALID',
    'BOW_PATH_INVALID',
    'BOW_PATH_INVALID',
    'BOW_ROUTE_DUPLICATED',
    'BOW_SERVER_UNKNOWN',
    'BOW_OPTION_UNKNOWN',
    'BOW_OPTION_INVALID',
  ]);
  expect(problems[0]?.message).toContain(
    `${join(folder, 'missing')}, for the static folder at '/missing', does not exist`,
  );
  expect(app.state).toBe('stopped');
});

test('what is wrong with a bound StaticFolder is told when the application is put together', async () => {
  const bad = defineModule({
    bind: ({ bind }) => bind(StaticFolder).toConstantValue(new StaticFolder('/assets', join(folder, 'missing'))),
  });
  await expect(createApplication({ modules: [bad], signals: false })).rejects.toThrow(/BOW_FOLDER_INVALID/);
});
