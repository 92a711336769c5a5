import { Readable } from 'node:stream';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import {
  ConflictError,
  Controller,
  Ctx,
  Get,
  HttpCode,
  Returns,
  UseInterceptors,
  type HttpContext,
  type Interceptor,
} from 'bowline';
import { IsString } from 'class-validator';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeProviders } from './harness/describe-providers.js';

class Address {
  city = 'London';
  @Exclude() coordinates = '51.5,-0.1';
}

class User {
  id = 1;
  @Exclude() password = 'secret';
  @Expose({ name: 'displayName' }) name = 'Ada';
  @Transform(({ value }) => `${String(value)} EUR`) balance = 12;
  @Expose({ groups: ['admin'] }) note = 'for admins';
  address = new Address();
  since = new Date(0);

  @Expose() get initial(): string {
    return this.name.slice(0, 1);
  }
}

class Admin extends User {
  level = 3;
}

/** Has no rules, and holds what has some by `@Type`, as plain objects. */
class Team {
  name = 'blue';
  @Type(() => User) members = [{ id: 2, password: 'secret' }];
}

/** Has no rules at all. */
class Page {
  readonly total = 1;
  constructor(readonly items: readonly unknown[]) {}
}

class Money {
  constructor(
    readonly cents: number,
    readonly owner: unknown,
  ) {}

  toJSON() {
    return { euros: this.cents / 100, owner: this.owner };
  }
}

/** Its rules concern what comes in. */
class Wish {
  @IsString() @Transform(({ value }) => String(value).trim(), { toClassOnly: true }) text = ' as it is ';
}

class Node {
  @Exclude() secret = 'secret';
  self: unknown;
}

class Wrapped implements Interceptor {
  async intercept(_ctx: unknown, next: () => unknown) {
    return { data: await next() };
  }
}

const sent = {
  id: 1,
  displayName: 'Ada',
  balance: '12 EUR',
  address: { city: 'London' },
  since: '1970-01-01T00:00:00.000Z',
  initial: 'A',
};

@Controller('/way-out')
class WayOutController {
  @Get('/one')
  one() {
    return new User();
  }

  @Get('/promised')
  async promised() {
    return new User();
  }

  @Get('/heir')
  heir() {
    return new Admin();
  }

  @Get('/list')
  list() {
    return [new User(), { id: 7 }];
  }

  @Get('/nested')
  nested() {
    return { page: new Page([{ by: new User() }]), prices: [new Money(250, new User())], none: null };
  }

  @Get('/held')
  held() {
    return { team: new Team() };
  }

  @Get('/deep')
  deep() {
    let value: unknown = new User();
    for (let depth = 0; depth < 500; depth++) value = { value };
    return { value };
  }

  @Get('/sent')
  sent(@Ctx() ctx: HttpContext) {
    ctx.send({ user: new User() });
  }

  @Get('/intercepted')
  @UseInterceptors(Wrapped)
  intercepted() {
    return new User();
  }

  @Get('/other-status')
  @HttpCode(202)
  @Returns(User, { status: 200 })
  otherStatus() {
    return new User();
  }

  @Get('/by-schema')
  @Returns(z.object({ user: z.any() }))
  bySchema() {
    return { user: new User() };
  }

  @Get('/refused')
  refused() {
    throw new ConflictError('Somebody has that name.', { details: { owner: new User(), others: [new Address()] } });
  }

  @Get('/without-rules')
  withoutRules() {
    return { wish: new Wish(), price: new Money(100, null), page: new Page([]) };
  }

  @Get('/circle')
  circle() {
    const node = new Node();
    node.self = { node };
    return node;
  }

  @Get('/circle-around')
  circleAround() {
    const around: Record<string, unknown> = { user: new User() };
    around['self'] = around;
    return around;
  }

  @Get('/map')
  map() {
    return { users: new Map([[1, new User()]]), user: new User() };
  }

  @Get('/bytes')
  bytes() {
    return Buffer.from('bytes');
  }

  @Get('/nested-bytes')
  nestedBytes() {
    return { user: new User(), bytes: new Uint8Array([1]), buffer: Buffer.from([2]) };
  }

  @Get('/stream')
  stream() {
    return Readable.from(['a ', 'stream']);
  }

  @Get('/text')
  text() {
    return 'a text';
  }
}

describeProviders(
  'instances of classes with rules of class-transformer',
  { controllers: [WayOutController] },
  (server) => {
    test('are sent as instanceToPlain makes them', async () => {
      expect((await server.get('/way-out/one')).json).toEqual(sent);
      expect((await server.get('/way-out/promised')).json).toEqual(sent);
    });

    test('follow the rules that their class inherits', async () => {
      expect((await server.get('/way-out/heir')).json).toEqual({ ...sent, level: 3 });
    });

    test('are found in lists', async () => {
      expect((await server.get('/way-out/list')).json).toEqual([sent, { id: 7 }]);
    });

    test('are found in objects, in instances without rules and in what toJSON gives', async () => {
      expect((await server.get('/way-out/nested')).json).toEqual({
        page: { total: 1, items: [{ by: sent }] },
        prices: [{ euros: 2.5, owner: sent }],
        none: null,
      });
    });

    test('are found however deep they are', async () => {
      const { text } = await server.get('/way-out/deep');
      expect(text).toContain('"displayName":"Ada"');
      expect(text).not.toContain('secret');
    });

    test('lend their rules to plain objects where @Type names their class', async () => {
      expect((await server.get('/way-out/held')).json).toEqual({
        team: { name: 'blue', members: [{ id: 2 }] },
      });
    });

    test('keep their rules in what ctx.send is given and in what an interceptor makes', async () => {
      expect((await server.get('/way-out/sent')).json).toEqual({ user: sent });
      expect((await server.get('/way-out/intercepted')).json).toEqual({ data: sent });
    });

    test('keep their rules where @Returns speaks of another status, and in what a schema lets through', async () => {
      expect((await server.get('/way-out/other-status')).json).toEqual(sent);
      expect((await server.get('/way-out/by-schema')).json).toEqual({ user: sent });
    });

    test('keep their rules in the details of an error', async () => {
      expect((await server.get('/way-out/refused')).json).toEqual({
        title: 'Conflict',
        status: 409,
        detail: 'Somebody has that name.',
        owner: sent,
        others: [{ city: 'London' }],
      });
    });

    test('leave what has no rules for its way out as it is', async () => {
      expect((await server.get('/way-out/without-rules')).json).toEqual({
        wish: { text: ' as it is ' },
        price: { euros: 1, owner: null },
        page: { total: 1, items: [] },
      });
      expect((await server.get('/way-out/bytes')).text).toBe('bytes');
      expect((await server.get('/way-out/stream')).text).toBe('a stream');
      expect((await server.get('/way-out/text')).text).toBe('a text');
      expect((await server.get('/way-out/nested-bytes')).json).toEqual({
        user: sent,
        bytes: { 0: 1 },
        buffer: { type: 'Buffer', data: [2] },
      });
    });

    test('are a 500 that says why where JSON has no form for them', async () => {
      for (const path of ['circle', 'circle-around', 'map']) {
        const { status, text } = await server.get(`/way-out/${path}`);
        expect(status).toBe(500);
        expect(text).not.toContain('secret');
      }
      expect(server.log.rest().map(({ fields }) => (fields['error'] as Error).message)).toEqual([
        'The reply of WayOutController.circle cannot be sent: its self.node leads back to the whole of it, and JSON has no circles.',
        'The reply of WayOutController.circleAround cannot be sent: its self.self leads back to its self, and JSON has no circles.',
        'The reply of WayOutController.map cannot be sent: its users is a Map, which has no JSON form; return an object or a list.',
      ]);
    });
  },
);
