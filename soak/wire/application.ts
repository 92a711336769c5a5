import {
  Body,
  Controller,
  Cookies,
  createApplication,
  Ctx,
  defineModule,
  Delete,
  Get,
  Head,
  Header,
  Headers,
  HttpCode,
  HttpContext,
  HttpProvider,
  ImATeapotError,
  loadProvider,
  Options,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Redirect,
  type Application,
  type LoadableProvider,
  type Logger,
} from 'bowline';

/** Everything that routing and parameters can do to a target. */
@Controller()
class TargetController {
  @Get()
  root() {
    return 'root';
  }

  @Get('/hello')
  hello() {
    return 'hello';
  }

  @Get('/users/:id')
  user(@Param('id') id: string, @Ctx() ctx: HttpContext) {
    return { id, query: ctx.query, path: ctx.path, url: ctx.url, params: ctx.params };
  }

  @Get('/users/:id/orders/:order')
  order(@Param('id') id: string, @Param('order') order: string) {
    return { id, order };
  }

  @Get('/users/me')
  me() {
    return 'me';
  }

  @Get('/files/*')
  file(@Param('*') rest: string) {
    return { rest };
  }

  @Get('/numbers/:id(\\d+)')
  number(@Param('id') id: number) {
    return { id };
  }

  @Get('/typed/:id')
  typed(@Param('id') id: number, @Query('flag', { default: false }) flag: boolean) {
    return { id, flag };
  }

  @Get('/flights/:from-:to')
  flight(@Param('from') from: string, @Param('to') to: string) {
    return { from, to };
  }

  @Get('/optional/:id?')
  optional(@Param('id') id?: string) {
    return { id: id ?? 'none' };
  }

  @Get('/straße')
  unicode() {
    return 'unicode';
  }
}

/** Everything that a request's head can say. */
@Controller('/head')
class HeadController {
  @Get('/seen')
  seen(@Ctx() ctx: HttpContext) {
    return { host: ctx.host, ip: ctx.ip, protocol: ctx.protocol, method: ctx.method, cookies: ctx.header('cookie') };
  }

  @Get('/headers')
  headers(@Headers() headers: Record<string, string | string[]>) {
    return headers;
  }

  @Get('/header')
  header(@Headers('x-value') value?: string) {
    return { value: value ?? 'none' };
  }

  @Get('/cookies')
  cookies(@Cookies('a') a?: string) {
    return { a: a ?? 'none' };
  }
}

/** Everything that an answer can be. */
@Controller('/replies')
class ReplyController {
  @Get('/object')
  object() {
    return { a: 1, text: 'grüße', none: null };
  }

  @Get('/later')
  async later() {
    await Promise.resolve();
    return { later: true };
  }

  @Get('/next-turn')
  nextTurn(): Promise<object> {
    return new Promise((resolve) => setImmediate(resolve, { turn: 'next' }));
  }

  @Get('/bytes')
  bytes() {
    return new Uint8Array([0, 104, 105, 255]);
  }

  @Get('/large')
  large() {
    return 'x'.repeat(100_000);
  }

  @Get('/empty-text')
  emptyText() {
    return '';
  }

  @Get('/nothing')
  nothing() {}

  @Delete('/nothing')
  deleteNothing() {}

  @Get('/redirect')
  @Redirect('/hello', 301)
  redirect() {}

  @Get('/cookies')
  cookies(@Ctx() ctx: HttpContext) {
    ctx.cookie('a', '1').cookie('b', 'ü; x', { httpOnly: true, maxAge: 60 });
    return 'cookies';
  }

  @Get('/headers')
  @Header('X-One', '1')
  headers(@Ctx() ctx: HttpContext) {
    ctx.set('x-two', ['a', 'b']).append('vary', 'accept').append('vary', 'origin').type('text/html');
    return '<p>';
  }

  @Post('/created')
  @HttpCode(201)
  created() {
    return { created: true };
  }

  @Get('/status/:code')
  status(@Param('code') code: number, @Ctx() ctx: HttpContext) {
    ctx.status(code).set('etag', '"a"');
    return 'text';
  }

  @Get('/no-content')
  @HttpCode(204)
  noContent() {}

  @Get('/not-modified')
  @HttpCode(304)
  notModified() {}

  @Get('/refused')
  refused() {
    throw new ImATeapotError('Short and stout.', { headers: { 'x-reason': 'tea' } });
  }

  @Get('/broken')
  broken() {
    throw new Error('secret');
  }

  @Get('/rejected')
  rejected() {
    return Promise.reject(new Error('secret'));
  }
}

/** Everything that a request's body can be. */
@Controller('/bodies')
class BodyController {
  @Post('/json')
  json(@Body({ validate: false }) body: unknown) {
    return { got: body === undefined ? 'nothing' : body };
  }

  @Get('/json')
  jsonOfGet(@Body({ validate: false }) body: unknown) {
    return { got: body === undefined ? 'nothing' : body };
  }

  @Delete('/json')
  jsonOfDelete(@Body({ validate: false }) body: unknown) {
    return { got: body === undefined ? 'nothing' : body };
  }

  @Post('/text')
  text(@Body() text: string) {
    return { text: text ?? 'nothing' };
  }

  @Post('/bytes')
  bytes(@Body() bytes: Uint8Array) {
    return { hex: Buffer.from(bytes ?? []).toString('hex') };
  }

  @Post('/form')
  async form(@Ctx() ctx: HttpContext) {
    return { got: await ctx.form() };
  }

  @Post('/asked')
  async asked(@Ctx() ctx: HttpContext) {
    return { got: await ctx.json(), text: await ctx.text() };
  }

  @Post('/either')
  async either(@Ctx() ctx: HttpContext) {
    return { got: await ctx.body(['json', 'form', 'text']) };
  }

  @Post('/unread')
  unread() {
    return 'unread';
  }

  @Put('/unread')
  putUnread() {
    return 'unread';
  }

  @Patch('/unread')
  patchUnread() {
    return 'unread';
  }
}

@Controller('/own')
class OwnMethodController {
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
}

/** What limits the wire's rules are tried with; small, so that a request beyond them is small too. */
export const limits = { body: 100_000, jsonDepth: 32, formFields: 50 } as const;

/** The one application that every provider serves while the answers are compared. */
export async function startApplication(provider: LoadableProvider, logger: Logger): Promise<Application> {
  const wire = defineModule({
    name: 'wire',
    controllers: [TargetController, HeadController, ReplyController, BodyController, OwnMethodController],
    bind: async ({ bind }) => {
      bind(HttpProvider).toConstantValue(await loadProvider(provider));
    },
  });
  const app = await createApplication({
    modules: [wire],
    servers: { main: { limits } },
    drainIdleTimeout: 10,
    logger,
    signals: false,
  });
  return app.listen({ host: '127.0.0.1', port: 0 });
}
