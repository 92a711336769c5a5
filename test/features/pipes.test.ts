import {
  Body,
  Controller,
  createApplication,
  DefaultValuePipe,
  defineModule,
  Get,
  Headers,
  Injectable,
  Param,
  ParseArrayPipe,
  ParseBoolPipe,
  ParseDatePipe,
  ParseEnumPipe,
  ParseFloatPipe,
  ParseIntPipe,
  ParseUUIDPipe,
  pipe,
  Post,
  Query,
  UsePipes,
  type Pipe,
  type PipeArgument,
} from 'bowline';
import { Test, type TestApplication } from 'bowline/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

enum Status {
  Open = 'open',
  Paid = 'paid',
}

enum Level {
  Low = 1,
  High = 2,
}

class Boat {
  constructor(readonly id: number) {}
}

@Injectable()
class BoatById implements Pipe<number, Boat> {
  transform(id: number): Boat {
    return new Boat(id);
  }
}

function double(value: number): number {
  return value * 2;
}

const times = pipe([], () => (factor: number) => ({ transform: (value: number) => value * factor }));

@Controller()
class PipedController {
  @Get('/boats/:id')
  boat(@Param('id', ParseIntPipe, BoatById) boat: Boat) {
    return { isBoat: boat instanceof Boat, id: boat.id };
  }

  @Get('/int')
  int(@Query('v', ParseIntPipe) v: number) {
    return { v };
  }

  @Get('/undeclared')
  undeclared(@Query('v', ParseIntPipe, (n: number): unknown => n + 1) v: unknown) {
    return { v };
  }

  @Get('/page')
  page(@Query('v', new DefaultValuePipe(1), ParseIntPipe) v: number) {
    return { v };
  }

  @Get('/optional')
  optional(@Query('v', new ParseIntPipe({ optional: true })) v?: number) {
    return { v: v ?? 'none' };
  }

  @Get('/float')
  float(@Query('v', ParseFloatPipe) v: number) {
    return { v };
  }

  @Get('/bool')
  bool(@Query('v', ParseBoolPipe) v: boolean) {
    return { v };
  }

  @Get('/date')
  date(@Query('v', ParseDatePipe) v: Date) {
    return { v: v.getTime() };
  }

  @Get('/uuid')
  uuid(@Query('v', ParseUUIDPipe) v: string) {
    return { v };
  }

  @Get('/uuid-4')
  uuid4(@Headers('x-id', new ParseUUIDPipe({ version: '4' })) v: string) {
    return { v };
  }

  @Get('/status')
  status(@Query('v', new ParseEnumPipe(Status, { optional: true })) v?: Status) {
    return { v: v ?? 'none' };
  }

  @Get('/level')
  level(@Query('v', new ParseEnumPipe(Level)) v: Level) {
    return { v };
  }

  @Get('/side')
  side(@Query('v', new ParseEnumPipe(['port', 'starboard'])) v: 'port' | 'starboard') {
    return { v };
  }

  @Get('/ids')
  ids(@Query('v', new ParseArrayPipe({ items: Number })) v: number[]) {
    return { v };
  }

  @Get('/names')
  names(@Query('v', new ParseArrayPipe({ separator: '|', optional: true })) v?: string[]) {
    return { v: v ?? 'none' };
  }

  @Get('/times')
  times(@Query('v', ParseIntPipe, times(3)) v: number) {
    return { v };
  }

  @Get('/function')
  function(@Query('v', ParseIntPipe, double) v: number) {
    return { v };
  }

  @Post('/body')
  body(@Body({ validate: false, pipe: ParseIntPipe }) v: number) {
    return { v };
  }

  @Get('/all/:a')
  @UsePipes(ParseIntPipe)
  all(@Param('a') a: number, @Query('b') b: number = 0) {
    return { v: a + b };
  }
}

let app: TestApplication;

beforeAll(async () => {
  app = await Test.createApplication({ modules: [defineModule({ controllers: [PipedController] })] }).create();
});
afterAll(() => app.close());

async function ask(url: string, headers: Record<string, string> = {}): Promise<unknown> {
  const answer = await app.inject({ url, headers });
  return answer.statusCode === 200 ? answer.json().v : [answer.statusCode, answer.json().detail];
}

const id = '0197d2a4-3b1c-7def-8123-456789abcdef';

describe('a pipe beside the name of a parameter', () => {
  test.each([
    ['/int?v=7', 7],
    ['/int?v=1e2', 100],
    ['/int?v=1.5', [400, "The query value 'v' must be a whole number, not '1.5'."]],
    ['/int?v=12abc', [400, "The query value 'v' must be a number, not '12abc'."]],
    ['/int?v=9007199254740993', [400, "The query value 'v' must be a number, not '9007199254740993'."]],
    ['/int', [400, "The query value 'v' is required."]],
    ['/undeclared?v=7', 8],
    ['/undeclared?v=x', [400, "The query value 'v' must be a whole number, not 'x'."]],
    ['/page', 1],
    ['/page?v=3', 3],
    ['/page?v=x', [400, "The query value 'v' must be a number, not 'x'."]],
    ['/optional', 'none'],
    ['/optional?v=4', 4],
    ['/optional?v=4.5', [400, "The query value 'v' must be a whole number, not '4.5'."]],
    ['/float?v=1.5', 1.5],
    ['/float', [400, "The query value 'v' is required."]],
    ['/bool?v=false', false],
    ['/bool?v=1', [400, "The query value 'v' must be true or false, not '1'."]],
    ['/bool', [400, "The query value 'v' is required."]],
    ['/date?v=2026-01-02', Date.UTC(2026, 0, 2)],
    ['/date?v=2026-02-30', [400, expect.stringContaining('ISO 8601')]],
    [`/uuid?v=${id}`, id],
    [`/uuid?v=${id.toUpperCase()}`, id.toUpperCase()],
    [`/uuid?v=${id}0`, [400, `The query value 'v' must be a UUID, not '${id}0'.`]],
    ['/uuid?v=1', [400, "The query value 'v' must be a UUID, not '1'."]],
    ['/status', 'none'],
    ['/status?v=paid', 'paid'],
    ['/status?v=lost', [400, "The query value 'v' must be one of open, paid, not 'lost'."]],
    ['/level?v=2', 2],
    ['/level?v=Low', [400, expect.stringContaining("not 'Low'")]],
    ['/side?v=port', 'port'],
    ['/side', [400, "The query value 'v' is required."]],
    ['/ids?v=1,2,3', [1, 2, 3]],
    ['/ids?v=', []],
    ['/ids?v=1,,3', [400, "The query value 'v' must be a list, each item a number, not '1,,3'."]],
    ['/ids', [400, "The query value 'v' is required."]],
    ['/names?v=a|b,c', ['a', 'b,c']],
    ['/names', 'none'],
    ['/times?v=4', 12],
    ['/function?v=4', 8],
    ['/all/1?b=2', 3],
    ['/all/1?b=2.5', [400, "The query value 'b' must be a whole number, not '2.5'."]],
  ])('makes of %s %j', async (url, expected) => {
    expect(await ask(url)).toEqual(expected);
  });

  test('hands its value on to the next, in the order in which they stand', async () => {
    expect((await app.inject('/boats/3')).json()).toEqual({ isBoat: true, id: 3 });
    expect(await ask('/boats/x')).toEqual([400, "The path parameter 'id' must be a whole number, not 'x'."]);
  });

  test('refuses UUIDs of another version', async () => {
    expect(await ask('/uuid-4', { 'x-id': id })).toEqual([
      400,
      `The header 'x-id' must be a UUID of version 4, not '${id}'.`,
    ]);
    const good = 'b2fd3a1e-0f4a-4c57-9a43-1a2b3c4d5e6f';
    expect(await ask('/uuid-4', { 'x-id': good })).toBe(good);
  });

  test('answers with a problem document that points to the value', async () => {
    const refused = await app.inject('/undeclared?v=x');
    expect(refused.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(refused.json().errors).toEqual([
      {
        path: '/v',
        in: 'query',
        code: 'type',
        params: ['integer'],
        message: "the query value 'v' must be a whole number, not 'x'",
      },
    ]);
  });

  test('takes a body that is a value, and no object in its place', async () => {
    const send = async (payload: string) => {
      const headers = { 'content-type': 'application/json' };
      const { statusCode, body } = await app.inject({ method: 'POST', url: '/body', headers, payload });
      const { v, detail } = JSON.parse(body);
      return [statusCode, v ?? detail];
    };
    expect(await send('7')).toEqual([200, 7]);
    expect(await send('[7]')).toEqual([400, "The body must be a whole number, not 'a list'."]);
    expect(await send('{"toString":1}')).toEqual([400, "The body must be a whole number, not 'an object'."]);
    expect(await send('null')).toEqual([400, "The body must be a whole number, not 'an object'."]);
  });
});

test('a class that is no pipe is still taken for a type, and refused at boot', async () => {
  class Note {}

  @Controller()
  class NoteController {
    @Get()
    find(@Query('note', Note as never) note: unknown) {
      return note;
    }
  }
  const boot = createApplication({ modules: [defineModule({ controllers: [NoteController] })], signals: false });
  await expect(boot).rejects.toThrow('no text becomes a Note');
});

test('what is no pipe is named at boot, also where a pipe may stand', async () => {
  class Note {}

  @Controller()
  class NoteController {
    @Get()
    find(@Query('note', ParseIntPipe, new Note() as never) note: unknown) {
      return note;
    }

    @Get('/other')
    other(@Query('note', new Note() as never) note: unknown) {
      return note;
    }
  }
  const boot = createApplication({ modules: [defineModule({ controllers: [NoteController] })], signals: false });
  await expect(boot).rejects.toThrow(/2 problems found.*is no pipe.*is no pipe/s);
});

test('a pipe of arrays says which items there are', () => {
  expect(() => new ParseArrayPipe({ items: Boat as never })).toThrow('String, Number, Boolean, BigInt or Date');
});

test('a pipe is a plain object, and tested without an application', () => {
  const target = { controller: PipedController, method: 'int' } as PipeArgument['target'];
  const argument = { source: 'query', name: 'v', index: 0, type: undefined, target } as const;
  expect(new ParseIntPipe().transform('7', argument)).toBe(7);
});
