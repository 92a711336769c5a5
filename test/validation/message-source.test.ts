import {
  Body,
  Controller,
  defineModule,
  Get,
  Injectable,
  MessageSource,
  Param,
  ParseIntPipe,
  Post,
  Query,
  ValidationPipe,
  type FailureToTell,
  type HttpContext,
} from 'bowline';
import { Test, type TestApplication } from 'bowline/testing';
import { Type } from 'class-transformer';
import { IsString, MinLength, ValidateNested } from 'class-validator';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { RecordedLog } from '../conformance/harness/recorded-log.js';

class Line {
  @IsString() @MinLength(3) sku!: string;
}
class Order {
  @ValidateNested({ each: true }) @Type(() => Line) lines!: Line[];
}
const Point = z.object({ x: z.number() });

@Controller('/orders')
class OrderController {
  @Post() create(@Body() order: Order) {
    return order;
  }
  @Post('/strict') strict(@Body(new ValidationPipe({ status: 422 })) order: Order) {
    return order;
  }
  @Post('/point') point(@Body(Point) point: z.output<typeof Point>) {
    return point;
  }
  @Get() list(@Query('limit') limit: number = 20) {
    return limit;
  }
  @Get('/:id') find(@Param('id', ParseIntPipe) id: number) {
    return id;
  }
}

@Injectable()
class Dictionary {
  readonly de = new Map<string, (failure: FailureToTell) => string>([
    ['minLength', ({ property, params = [] }) => `${property} braucht ${String(params[0])} Zeichen`],
    ['type', ({ params = [] }) => `erwartet: ${String(params[0])}`],
    ['schema', ({ path, message }) => `${path}: ${message}`],
  ]);
}

@Injectable()
class Translated extends MessageSource {
  constructor(readonly dictionary: Dictionary) {
    super();
  }

  messageOf(failure: FailureToTell, ctx: HttpContext): string | undefined {
    if (ctx.header('accept-language') !== 'de') return undefined;
    return this.dictionary.de.get(failure.code)?.(failure);
  }
}

const translating = defineModule({
  controllers: [OrderController],
  services: [Dictionary],
  bind: ({ bind }) => void bind(MessageSource).to(Translated),
});

async function serve(replaced?: MessageSource, logger: RecordedLog = new RecordedLog()): Promise<TestApplication> {
  const builder = Test.createApplication({ modules: [translating], logger });
  const app = await (replaced === undefined ? builder : builder.override(MessageSource).useValue(replaced)).create();
  onTestFinished(() => app.close());
  return app;
}

const tooShort = { method: 'POST', url: '/orders', payload: { lines: [{ sku: 'ab' }] } } as const;
const german = { 'accept-language': 'de' };

it('says the message of a rule in the language of the request', async () => {
  const app = await serve();
  const answer = await app.inject({ ...tooShort, headers: german });
  expect(answer.json()).toEqual({
    title: 'Bad Request',
    status: 400,
    detail: 'The body did not pass validation: one error.',
    errors: [{ path: '/lines/0/sku', in: 'body', code: 'minLength', params: [3], message: 'sku braucht 3 Zeichen' }],
  });
});

it('leaves the message as it is where it gives undefined', async () => {
  const app = await serve();
  expect((await app.inject(tooShort)).json().errors[0].message).toBe(
    'sku must be longer than or equal to 3 characters',
  );
});

it('says the messages of conversions, pipes and schemas, too, and keeps the status', async () => {
  const app = await serve();
  const said = async (request: Parameters<TestApplication['inject']>[0]): Promise<unknown> => {
    const { statusCode, body } = await app.inject({ ...(request as object), headers: german } as never);
    return [statusCode, (JSON.parse(body) as { errors: { message: string }[] }).errors.map(({ message }) => message)];
  };
  expect(await said({ url: '/orders?limit=x' })).toEqual([400, ['erwartet: number']]);
  expect(await said({ url: '/orders/1.5' })).toEqual([400, ['erwartet: integer']]);
  expect(await said({ method: 'POST', url: '/orders/point', payload: { x: '1' } })).toEqual([
    400,
    [expect.stringMatching(/^\/x: /)],
  ]);
  expect(await said({ ...tooShort, url: '/orders/strict' })).toEqual([422, ['sku braucht 3 Zeichen']]);
});

it('can be replaced in a test', async () => {
  const app = await serve({ messageOf: ({ in: place, property, code }) => `${place} ${property} ${code}` });
  expect((await app.inject(tooShort)).json().errors[0].message).toBe('body sku minLength');
});

it.each([
  [
    'throws',
    () => {
      throw new Error('no dictionary');
    },
  ],
  ['gives a promise', () => Promise.resolve('later') as never],
  // The runner fails where a rejection is left to nobody.
  ['gives a promise that rejects', () => Promise.reject(new Error('no dictionary')) as never],
])('is logged where it %s, and the usual message is sent', async (_what, messageOf: () => string) => {
  const log = new RecordedLog();
  const app = await serve({ messageOf }, log);
  expect((await app.inject(tooShort)).json().errors[0].message).toMatch(/^sku must be longer/);
  expect(log.rest()).toEqual([
    {
      level: 'error',
      message: 'The bound MessageSource failed; the default message was sent',
      fields: expect.objectContaining({ error: expect.any(Error) as Error }) as object,
    },
  ]);
});

it('is logged once for an answer, however many messages it fails for', async () => {
  const log = new RecordedLog();
  const app = await serve({ messageOf: () => 5 as never }, log);
  const lines = Array.from({ length: 20 }, () => ({ sku: 'ab' }));
  expect((await app.inject({ ...tooShort, payload: { lines } })).json().errors).toHaveLength(20);
  expect(log.rest()).toHaveLength(1);
});
