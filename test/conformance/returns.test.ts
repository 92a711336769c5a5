import { Expose, Exclude, Transform, Type } from 'class-transformer';
import { IsEmail, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';
import { Controller, Ctx, Get, HttpCode, Param, Post, Returns, type HttpContext } from 'bowline';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeProviders } from './harness/describe-providers.js';

class Address {
  @IsString() street!: string;
  @IsString() city!: string;
}

class User {
  @IsString() name!: string;
  @IsEmail() email!: string;
  @IsInt() age!: number;
  @IsOptional() @IsString() nickname?: string;
  @ValidateNested() @Type(() => Address) address!: Address;
}

/** With more than is to be sent, as a row of a table. */
const row = {
  name: 'Ada "the first"',
  email: 'ada@example.com',
  age: 36,
  address: { street: '12 St James Square', city: 'London', secret: 'x' },
  passwordHash: 'secret',
};
const sent = {
  name: row.name,
  email: row.email,
  age: 36,
  address: { street: '12 St James Square', city: 'London' },
};

class Account {
  @Expose() id!: number;
  @Expose({ name: 'displayName' }) name!: string;
  @Exclude() password!: string;
  @Expose({ groups: ['admin'] }) note!: string;
  @Expose() @Transform(({ value }) => `${String(value)} EUR`) balance!: number;
  @Expose() createdAt!: Date;
  @Expose() get initials(): string {
    return this.name.slice(0, 1);
  }
}

const account = Object.assign(new Account(), {
  id: 1,
  name: 'Grace',
  password: 'secret',
  note: 'for admins',
  balance: 12,
  createdAt: new Date(0),
  extra: true,
});

class Refusal {
  @Expose() reason!: string;
}

const schema = z.object({ id: z.number(), name: z.string().transform((name) => name.toUpperCase()) });

class Branch {
  @Expose() @Type(() => Branch) twigs: Branch[] = [];
  @Expose() leaves: unknown;
}

@Controller('/returns')
class ReturnsController {
  @Get('/user')
  @Returns(User)
  user(): User {
    return row as User;
  }

  @Get('/users')
  @Returns([User])
  async users(): Promise<User[]> {
    return [row as User, Object.assign(new User(), row)];
  }

  @Get('/account')
  @Returns(Account)
  account(): Account {
    return account;
  }

  @Get('/account-for-admins')
  @Returns(Account, { groups: ['admin'] })
  accountForAdmins(): Account {
    return account;
  }

  @Get('/misfit')
  @Returns(User)
  misfit(): User {
    return { ...row, address: { street: 1, city: 'London' } } as unknown as User;
  }

  @Get('/missing')
  @Returns([User])
  missing(): User[] {
    return [row as User, { ...row, email: undefined } as unknown as User];
  }

  @Get('/text')
  @Returns(User)
  text(): User {
    return 'a text' as unknown as User;
  }

  @Get('/nothing')
  @Returns(User)
  nothing(): User | undefined {
    return undefined;
  }

  @Post('/created')
  @HttpCode(201)
  @Returns(User)
  @Returns(Refusal, { status: 409 })
  created(@Ctx() ctx: HttpContext): User {
    if (ctx.query['taken'] === undefined) return row as User;
    ctx.status(409);
    return { reason: 'taken', internal: 'x' } as unknown as User;
  }

  @Get('/schema')
  @Returns(schema)
  schema() {
    return { id: 1, name: 'ada', more: true };
  }

  @Get('/schema-misfit')
  @Returns(schema)
  schemaMisfit() {
    return { id: 'one', name: 'ada' } as unknown as { id: number; name: string };
  }

  @Get('/schema-of-nothing')
  @Returns(z.object({ secret: z.string() }).transform(() => undefined))
  schemaOfNothing(): undefined {
    return { secret: 'secret' } as unknown as undefined;
  }

  @Get('/schema-without-json/:what')
  @Returns(z.any())
  schemaWithoutJson(@Param('what') what: 'bigint' | 'map'): unknown {
    return { total: { bigint: 1n, map: new Map([[1, 2]]) }[what] };
  }

  @Get('/circle')
  @Returns(Branch)
  circle() {
    const branch = new Branch();
    branch.twigs = [Object.assign(new Branch(), { twigs: [branch] })];
    return branch;
  }

  @Get('/bigint')
  @Returns(Branch)
  bigint() {
    return Object.assign(new Branch(), { leaves: { count: 1n } });
  }

  @Get('/response')
  @Returns(User)
  response() {
    return new Response('as it is', { status: 202 });
  }
}

describeProviders('what @Returns says', { controllers: [ReturnsController] }, (server) => {
  test('is sent, and nothing beside it', async () => {
    expect((await server.get('/returns/user')).json).toEqual(sent);
    expect((await server.get('/returns/users')).json).toEqual([sent, sent]);
  });

  test('follows @Expose, @Exclude, @Transform and groups', async () => {
    const usual = {
      id: 1,
      displayName: 'Grace',
      balance: '12 EUR',
      createdAt: '1970-01-01T00:00:00.000Z',
      initials: 'G',
    };
    expect((await server.get('/returns/account')).json).toEqual(usual);
    expect((await server.get('/returns/account-for-admins')).json).toEqual({ ...usual, note: 'for admins' });
  });

  test('is held against the value, and the log has the place where it does not fit', async () => {
    expect((await server.get('/returns/misfit')).status).toBe(500);
    expect((await server.get('/returns/missing')).status).toBe(500);
    expect((await server.get('/returns/text')).status).toBe(500);
    expect(server.log.rest().map(({ fields }) => (fields['error'] as Error).message)).toEqual([
      'ReturnsController.misfit returns what its @Returns does not promise: /address/street is 1, and should be a string.',
      'ReturnsController.missing returns what its @Returns does not promise: /1/email is undefined, and should be there.',
      "ReturnsController.text returns what its @Returns does not promise: the answer is 'a text', and should be a User.",
    ]);
  });

  test('says nothing of what is not there, and of a Response', async () => {
    expect((await server.get('/returns/nothing')).status).toBe(404);
    const { status, text } = await server.get('/returns/response');
    expect([status, text]).toEqual([202, 'as it is']);
  });

  test('may differ by the status', async () => {
    const created = await server.post('/returns/created');
    expect([created.status, created.json]).toEqual([201, sent]);
    const taken = await server.post('/returns/created?taken=1');
    expect([taken.status, taken.json]).toEqual([409, { reason: 'taken' }]);
  });

  test('may be a schema, whose value is sent', async () => {
    expect((await server.get('/returns/schema')).json).toEqual({ id: 1, name: 'ADA' });
    expect((await server.get('/returns/schema-misfit')).status).toBe(500);
    expect(server.log.rest()[0]?.fields['error']).toMatchObject({ code: 'BOW_RESPONSE_MISFIT' });
  });

  test('is not what was returned where a schema makes nothing of it', async () => {
    const { status, text } = await server.get('/returns/schema-of-nothing');
    expect(status).toBe(500);
    expect(text).not.toContain('secret');
    expect(server.log.rest()[0]?.fields['error']).toMatchObject({ code: 'BOW_RESPONSE_MISFIT' });
  });

  test('is a 500 that says why where JSON has no form for it', async () => {
    for (const path of ['circle', 'bigint', 'schema-without-json/bigint', 'schema-without-json/map'])
      expect((await server.get(`/returns/${path}`)).status).toBe(500);
    expect(server.log.rest().map(({ fields }) => (fields['error'] as Error).message)).toEqual([
      'The reply of ReturnsController.circle cannot be sent: its twigs[0].twigs[0] leads back to the whole of it, and JSON has no circles.',
      'The reply of ReturnsController.bigint cannot be sent: its leaves.count is a bigint, which has no JSON form; return it as text, or as a number.',
      'The reply of ReturnsController.schemaWithoutJson cannot be sent: its total is a bigint, which has no JSON form; return it as text, or as a number.',
      'The reply of ReturnsController.schemaWithoutJson cannot be sent: its total is a Map, which has no JSON form; return an object or a list.',
    ]);
  });

  test('is in the description of the route', () => {
    const described = server.app.routes.find(({ handler }) => handler === 'created')?.responses;
    expect(described).toEqual([{ status: 409, type: 'Refusal' }, { type: 'User' }]);
    expect(server.app.routes.find(({ handler }) => handler === 'users')?.responses).toEqual([
      { type: 'User', array: true },
    ]);
  });
});
