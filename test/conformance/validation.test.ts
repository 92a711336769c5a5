import { Body, Controller, Get, Headers, Param, Post, Query } from 'bowline';
import { Type } from 'class-transformer';
import {
  IsArray,
  IsEmail,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Min,
  MinLength,
  Validate,
  ValidateNested,
  ValidatorConstraint,
} from 'class-validator';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeProviders } from './harness/describe-providers.js';

class Line {
  @IsString()
  @MinLength(2)
  sku!: string;

  @IsInt()
  @Min(1)
  quantity!: number;
}

class Order {
  @IsEmail()
  email!: string;

  @IsOptional()
  @IsString()
  note?: string;

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => Line)
  lines!: Line[];

  total(): number {
    return this.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  }
}

class Nested {
  @ValidateNested()
  @Type(() => Line)
  first!: Line;

  @ValidateNested({ each: true })
  @Type(() => Line)
  lines!: Line[];
}

class Ruleless {
  name!: string;
}

class Holder {
  @ValidateNested()
  @Type(() => Ruleless)
  held!: Ruleless;
}

@ValidatorConstraint({ name: 'isFree', async: true })
class IsFree {
  async validate(value: unknown): Promise<boolean> {
    return (await Promise.resolve(value)) !== 'taken';
  }

  defaultMessage(): string {
    return '$property is taken';
  }
}

class Name {
  @Validate(IsFree)
  name!: string;
}

class ReleaseName {
  @Matches(/^v\d+$/)
  name!: string;

  @IsInt()
  build!: number;
}

const Point = z.object({ x: z.number(), y: z.number().default(0), tag: z.string().trim().optional() });

const Search = z.object({ q: z.string().min(2), limit: z.coerce.number().int().max(50).default(10) });

const Slow = z
  .object({ name: z.string() })
  .refine(async ({ name }) => (await Promise.resolve(name)) !== 'taken', { path: ['name'], message: 'is taken' });

class Labelled {
  @IsInt() @Type(() => Number) id!: number;
  @IsOptional() @IsObject() labels?: Record<string, unknown>;
}

abstract class Shape {
  readonly kind!: string;
}

class Circle extends Shape {
  @IsInt()
  radius!: number;
}

class Square extends Shape {
  @IsInt()
  side!: number;
}

class Drawing {
  @ValidateNested({ each: true })
  @Type(() => Shape as never, {
    discriminator: {
      property: 'kind',
      subTypes: [
        { name: 'circle', value: Circle },
        { name: 'square', value: Square },
      ],
    },
  })
  shapes!: Shape[];
}

class Album {
  @ValidateNested({ each: true })
  @Type(() => Drawing)
  drawings!: Drawing[];
}

@Controller('/classes')
class ClassController {
  @Post('/albums')
  album(@Body() { drawings }: Album) {
    return { sides: drawings.flatMap(({ shapes }) => shapes.map((shape) => shape instanceof Square)) };
  }

  @Post('/labelled')
  labelled(@Body() labelled: Labelled) {
    return labelled;
  }

  @Post('/order')
  order(@Body() order: Order) {
    return {
      isOrder: order instanceof Order,
      total: order.total(),
      keys: Object.keys(order),
      isLine: order.lines[0] instanceof Line,
    };
  }

  @Post('/told')
  told(@Body(Order) order: Order) {
    return { email: order.email };
  }

  @Post('/nested')
  nested(@Body() { lines }: Nested) {
    return { count: lines.length };
  }

  @Post('/ruleless')
  ruleless(@Body() { held }: Holder) {
    return held;
  }

  @Post('/names')
  name(@Body() name: Name) {
    return { isName: name instanceof Name };
  }

  @Post('/lines')
  lines(@Body([Line]) lines: Line[]) {
    return { count: lines.length, areLines: lines.every((line) => line instanceof Line), first: lines[0]?.sku };
  }

  @Post('/unchecked')
  unchecked(@Body({ validate: false }) body: unknown) {
    return body;
  }

  @Get('/releases/:name/:build')
  release(@Param() release: ReleaseName) {
    return Object.assign({ isRelease: release instanceof ReleaseName }, release);
  }
}

@Controller('/schemas')
class SchemaController {
  @Post('/point')
  point(@Body(Point) point: z.output<typeof Point>) {
    return point;
  }

  @Post('/maybe')
  maybe(@Body(Point.optional()) point: z.output<typeof Point> | undefined) {
    return { point: point ?? 'none' };
  }

  @Post('/points')
  points(@Body(z.array(Point)) points: unknown[]) {
    return { count: points.length };
  }

  @Get('/search')
  search(@Query(Search) search: z.output<typeof Search>) {
    return search;
  }

  @Get('/headers')
  headers(@Headers(z.object({ 'x-tenant': z.string().length(3) })) headers: { 'x-tenant': string }) {
    return headers;
  }

  @Post('/slow')
  slow(@Body(Slow) body: z.output<typeof Slow>) {
    return body;
  }
}

const valid = {
  email: 'ada@example.com',
  lines: [
    { sku: 'rope', quantity: 2 },
    { sku: 'cleat', quantity: 1 },
  ],
};

describeProviders('validation', { controllers: [ClassController, SchemaController] }, (server) => {
  test('refuses a list, and nothing, where a nested instance is expected', async () => {
    const good = { sku: 'ab', quantity: 1 };
    const refused = async (lines: unknown, first: unknown = good): Promise<unknown> =>
      (await server.post('/classes/nested', { json: { first, lines } })).json;

    expect(await refused([good])).toEqual({ count: 1 });
    expect(await refused([[]])).toMatchObject({
      errors: [
        { path: '/lines/0', in: 'body', code: 'nestedValidation', message: 'each value in lines must be an object' },
      ],
    });
    expect(await refused([good, [good]])).toMatchObject({ errors: [{ path: '/lines/1' }] });
    expect(await refused([null])).toMatchObject({ errors: [{ path: '/lines/0' }] });
    expect(await refused([good], [good])).toMatchObject({
      errors: [{ path: '/first', message: 'first must be an object' }],
    });
    expect(await refused([{ ...good, constructor: 1 }])).toEqual({ count: 1 });
  });

  test('takes no member for the class or a method of an object', async () => {
    const post = (json: unknown): ReturnType<typeof server.post> => server.post('/classes/labelled', { json });
    expect((await post({ id: 1, labels: { constructor: { a: 1 }, b: [{ constructor: 'c', d: 1 }] } })).json).toEqual({
      id: 1,
      labels: { b: [{ d: 1 }] },
    });
    expect(await post({ id: { toString: null, valueOf: 1 }, unknown: { constructor: {} } })).toMatchObject({
      status: 400,
      json: { errors: [{ path: '/id', code: 'isInt' }] },
    });
  });

  test('names what is no object where a property of it chooses its class', async () => {
    const post = (...shapes: unknown[]): ReturnType<typeof server.post> =>
      server.post('/classes/albums', { json: { drawings: [{ shapes: [] }, { shapes }] } });
    const [circle, square] = [
      { kind: 'circle', radius: 1 },
      { kind: 'square', side: 1 },
    ];
    expect((await post(circle, square)).json).toEqual({ sides: [false, true] });
    expect(await post(circle, null)).toMatchObject({
      status: 400,
      json: { errors: [{ path: '/drawings/1/shapes/1', in: 'body', code: 'nestedValidation' }] },
    });
  });

  test('answers 400 to what is nested and has no rules', async () => {
    expect(await server.post('/classes/ruleless', { json: { held: { name: 'a' } } })).toMatchObject({
      status: 400,
      json: { errors: [{ path: '/held', in: 'body', code: 'unknownValue' }] },
    });
  });

  test('waits for rules that are asynchronous', async () => {
    expect((await server.post('/classes/names', { json: { name: 'free' } })).json).toEqual({ isName: true });
    expect(await server.post('/classes/names', { json: { name: 'taken' } })).toMatchObject({
      status: 400,
      json: { errors: [{ path: '/name', code: 'isFree', message: 'name is taken' }] },
    });
  });

  test('lists the first hundred failures of a body and says that there are more', async () => {
    const many = Array.from({ length: 5_000 }, () => ({}));
    for (const [path, json] of [
      ['/classes/lines', many],
      ['/classes/nested', { first: {}, lines: many }],
      ['/schemas/points', many],
    ] as const) {
      const { status, json: answer } = await server.post(path, { json });
      expect(status).toBe(400);
      expect(answer).toMatchObject({
        detail: 'The body did not pass validation: more than 100 errors, of which these are the first.',
      });
      expect((answer as { errors: unknown[] }).errors).toHaveLength(100);
    }
  });

  test('makes instances of the class of a body, nested ones too', async () => {
    expect((await server.post('/classes/order', { json: valid })).json).toEqual({
      isOrder: true,
      total: 3,
      keys: ['email', 'lines'],
      isLine: true,
    });
    expect((await server.post('/classes/told', { json: valid })).json).toEqual({ email: 'ada@example.com' });
  });

  test('strips properties that have no rule', async () => {
    const answer = await server.post('/classes/order', { json: { ...valid, admin: true, total: 1_000 } });
    expect(answer.json).toMatchObject({ total: 3, keys: ['email', 'lines'] });
  });

  test('answers every rule that failed with 400, each with a JSON pointer to its place', async () => {
    const answer = await server.post('/classes/order', {
      json: {
        email: 'nobody',
        lines: [
          { sku: 'rope', quantity: 1 },
          { sku: 'x', quantity: 0.5 },
        ],
      },
    });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.json).toEqual({
      title: 'Bad Request',
      status: 400,
      detail: 'The body did not pass validation: 4 errors.',
      errors: [
        { path: '/email', in: 'body', code: 'isEmail', message: 'email must be an email' },
        {
          path: '/lines/1/sku',
          in: 'body',
          code: 'minLength',
          params: [2],
          message: 'sku must be longer than or equal to 2 characters',
        },
        {
          path: '/lines/1/quantity',
          in: 'body',
          code: 'min',
          params: [1],
          message: 'quantity must not be less than 1',
        },
        { path: '/lines/1/quantity', in: 'body', code: 'isInt', message: 'quantity must be an integer number' },
      ],
    });
  });

  test('does not convert what a JSON body says', async () => {
    const answer = await server.post('/classes/lines', { json: [{ sku: 'rope', quantity: '2' }] });
    expect(answer).toMatchObject({
      status: 400,
      json: {
        errors: [
          { path: '/0/quantity', code: 'min' },
          { path: '/0/quantity', code: 'isInt' },
        ],
      },
    });
  });

  test.each([[[]], ['text'], [7], [null], [true]])(
    'answers 400 where an object is expected and %j comes',
    async (json) => {
      const answer = await server.post('/classes/order', { json });
      expect(answer).toMatchObject({
        status: 400,
        json: {
          errors: [{ path: '', in: 'body', code: 'type', params: ['object'], message: 'the body must be an object' }],
        },
      });
    },
  );

  test('answers 400 where a body is required and none comes', async () => {
    expect(await server.post('/classes/order')).toMatchObject({
      status: 400,
      json: { detail: 'The request has no body, and one is required.' },
    });
    expect(await server.post('/schemas/point')).toMatchObject({
      status: 400,
      json: { detail: 'The request has no body, and one is required.' },
    });
  });

  test('takes a list of instances', async () => {
    expect((await server.post('/classes/lines', { json: valid.lines })).json).toEqual({
      count: 2,
      areLines: true,
      first: 'rope',
    });
    expect((await server.post('/classes/lines', { json: [] })).json).toEqual({ count: 0, areLines: true });
  });

  test('points to the element of a list that was refused', async () => {
    const answer = await server.post('/classes/lines', {
      json: [{ sku: 'rope', quantity: 1 }, 'text', { sku: 'rope', quantity: 0 }],
    });
    expect(answer).toMatchObject({
      status: 400,
      json: {
        errors: [
          { path: '/1', code: 'type', message: 'element 1 of the body must be an object' },
          { path: '/2/quantity', code: 'min' },
        ],
      },
    });
  });

  test('answers 400 where a list is expected and an object comes', async () => {
    const answer = await server.post('/classes/lines', { json: { sku: 'rope', quantity: 1 } });
    expect(answer).toMatchObject({ status: 400, json: { errors: [{ path: '', message: 'the body must be a list' }] } });
  });

  test('hands over a body unchecked where that was asked for', async () => {
    expect((await server.post('/classes/unchecked', { json: { any: ['thing'] } })).json).toEqual({ any: ['thing'] });
  });

  test('makes an instance of the class of all parameters of the path', async () => {
    expect((await server.get('/classes/releases/v1/7')).json).toEqual({ isRelease: true, name: 'v1', build: 7 });
    expect(await server.get('/classes/releases/x/7')).toMatchObject({
      status: 400,
      json: {
        detail: 'The path did not pass validation: one error.',
        errors: [{ path: '/name', in: 'param', code: 'matches' }],
      },
    });
    expect(await server.get('/classes/releases/v1/7x')).toMatchObject({
      status: 400,
      json: { errors: [{ path: '/build', in: 'param', code: 'type' }] },
    });
  });

  test('gives a handler what a schema made of the body', async () => {
    expect((await server.post('/schemas/point', { json: { x: 1, tag: ' a ', more: 1 } })).json).toEqual({
      x: 1,
      y: 0,
      tag: 'a',
    });
  });

  test('asks a schema whether a request may come without a body', async () => {
    expect((await server.post('/schemas/maybe')).json).toEqual({ point: 'none' });
    expect((await server.post('/schemas/maybe', { json: { x: 1 } })).json).toEqual({ point: { x: 1, y: 0 } });
    for (const path of ['/schemas/point', '/schemas/slow']) {
      expect(await server.post(path)).toMatchObject({
        status: 400,
        json: { detail: 'The request has no body, and one is required.' },
      });
    }
  });

  test('answers what a schema refused with 400 and JSON pointers', async () => {
    const answer = await server.post('/schemas/point', { json: { x: 'one', tag: 5 } });
    expect(answer).toMatchObject({
      status: 400,
      json: {
        detail: 'The body did not pass validation: 2 errors.',
        errors: [
          { path: '/x', in: 'body', code: 'schema' },
          { path: '/tag', in: 'body', code: 'schema' },
        ],
      },
    });
  });

  test('takes a schema for the whole query', async () => {
    expect((await server.get('/schemas/search?q=rope&limit=5')).json).toEqual({ q: 'rope', limit: 5 });
    expect((await server.get('/schemas/search?q=rope')).json).toEqual({ q: 'rope', limit: 10 });
    expect(await server.get('/schemas/search?q=r')).toMatchObject({
      status: 400,
      json: { errors: [{ path: '/q', in: 'query' }] },
    });
  });

  test('takes a schema for the headers', async () => {
    expect((await server.get('/schemas/headers', { headers: { 'x-tenant': 'abc' } })).json).toEqual({
      'x-tenant': 'abc',
    });
    expect(await server.get('/schemas/headers')).toMatchObject({
      status: 400,
      json: { errors: [{ path: '/x-tenant', in: 'header' }] },
    });
  });

  test('waits for a schema that takes its time', async () => {
    expect(await server.post('/schemas/slow', { json: { name: 'free' } })).toMatchObject({
      status: 200,
      json: { name: 'free' },
    });
    expect(await server.post('/schemas/slow', { json: { name: 'taken' } })).toMatchObject({
      status: 400,
      json: { errors: [{ path: '/name', in: 'body', code: 'schema', message: 'is taken' }] },
    });
  });

  test('takes a form where the fields fit', async () => {
    expect(await server.post('/schemas/slow', { form: 'name=free' })).toMatchObject({
      status: 200,
      json: { name: 'free' },
    });
  });
});
