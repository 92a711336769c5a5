import {
  Body,
  Controller,
  Get,
  GlobalPipe,
  Headers,
  Injectable,
  Ip,
  MessageSource,
  Param,
  Post,
  Query,
  UsePipes,
  ValidationPipe,
  type Pipe,
} from 'bowline';
import { Type } from 'class-transformer';
import { IsArray, IsOptional, IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { problemsOf, shop } from './boot-fixture.js';

class Note {
  @IsString({ groups: ['create', 'update'] }) text!: string;
  @IsString() title!: string;
}

class Plain {
  @IsString() text!: string;
}

describe('an option of validation', () => {
  it('of the application that does not exist, or does not fit, is named', async () => {
    const validation = {
      unknwon: 'strip',
      unknown: 'drop',
      groups: 'create',
      status: 418,
      limits: { items: 0, size: 1 },
    };
    expect(await problemsOf({ validation } as object)).toEqual([
      'There is no option options.validation.unknwon. Did you mean options.validation.unknown? [BOW_OPTION_UNKNOWN]',
      "options.validation.unknown is 'drop'; it must be one of 'strip', 'refuse', 'keep'. [BOW_OPTION_INVALID]",
      "options.validation.groups is 'create'; it must be a list of names of groups, of at least one. [BOW_OPTION_INVALID]",
      'options.validation.status is 418; it must be 400 or 422. [BOW_OPTION_INVALID]',
      'options.validation.limits.items is 0; it must be a whole number from 1 to 1000000. [BOW_OPTION_INVALID]',
      'There is no option options.validation.limits.size. Known here: items, properties, depth. [BOW_OPTION_UNKNOWN]',
    ]);
    expect(await problemsOf({ validation: true } as object)).toEqual([
      'options.validation is true; it must be an object. [BOW_OPTION_INVALID]',
    ]);
    expect(await problemsOf({ validation: new ValidationPipe({ unknown: 'refuse' }) } as object)).toEqual([
      "options.validation is an object; it must be options, as { unknown: 'refuse' }. [BOW_OPTION_INVALID]",
    ]);
  });

  it('that NestJS has is named with what says it here', async () => {
    const validation = { whitelist: true, forbidNonWhitelisted: true, transform: true, errorHttpStatusCode: 422 };
    expect(await problemsOf({ validation } as object)).toEqual([
      "options.validation.whitelist is true; it must be left out: unknown: 'strip' takes away what no rule names, and is the default. [BOW_OPTION_INVALID]",
      "options.validation.forbidNonWhitelisted is true; it must be left out: write unknown: 'refuse'. [BOW_OPTION_INVALID]",
      'options.validation.transform is true; it must be left out: a handler always gets an instance of the declared class. [BOW_OPTION_INVALID]',
      'options.validation.errorHttpStatusCode is 422; it must be left out: write status: 422. [BOW_OPTION_INVALID]',
    ]);
  });

  it('is named with the controller, route or parameter of its pipe', async () => {
    @Controller('/notes')
    // @ts-expect-error -- the compiler knows the options as well
    @UsePipes(new ValidationPipe({ whitelist: true }))
    class NoteController {
      // @ts-expect-error -- and their values
      @Post() @UsePipes(new ValidationPipe({ unknown: 'drop' })) create(@Body() _note: Plain): void {}
      // @ts-expect-error -- and their names
      @Post('/all') createAll(@Body([Plain], new ValidationPipe({ stopAtFirstErr: true })) _notes: Plain[]): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      "'whitelist' (ValidationPipe in @UsePipes of NoteController) is true; it must be left out: unknown: 'strip' takes away what no rule names, and is the default. [BOW_OPTION_INVALID]",
      "'unknown' (ValidationPipe in @UsePipes of NoteController.create) is 'drop'; it must be one of 'strip', 'refuse', 'keep'. [BOW_OPTION_INVALID]",
      "There is no option 'stopAtFirstErr' (ValidationPipe in @Body() of NoteController.createAll (parameter 1)). Did you mean 'stopAtFirstError' (ValidationPipe in @Body() of NoteController.createAll (parameter 1))? [BOW_OPTION_UNKNOWN]",
    ]);
  });

  it('is refused where two pipes at one place contradict each other', async () => {
    const [strict, other] = [new ValidationPipe({ unknown: 'refuse', status: 422 }), { unknown: 'strip' } as const];

    @Controller('/notes')
    @UsePipes(strict, new ValidationPipe({ stopAtFirstError: true, status: 422 }))
    class NoteController {
      @Post() @UsePipes(strict) @UsePipes(new ValidationPipe(other)) create(@Body() _note: Plain): void {}
      // @ts-expect-error -- the compiler takes one
      @Post('/b') add(@Body(strict, new ValidationPipe(other)) _note: Plain): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      `@UsePipes of NoteController.create: two ValidationPipes stand there, and of unknown one says "refuse" and the other "strip". Say it once. [BOW_STAGE_INVALID]`,
      `@Body() of NoteController.add (parameter 1): two ValidationPipes stand there, and of unknown one says "refuse" and the other "strip". Say it once. [BOW_STAGE_INVALID]`,
    ]);
  });

  it('is refused beside a decorator that takes nothing', async () => {
    @Controller('/notes')
    class NoteController {
      // @ts-expect-error -- the compiler knows it too
      @Get() list(@Ip(new ValidationPipe()) _ip: string): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      expect.stringMatching(
        /^@Ip .*NoteController\.list.* takes nothing, and has .*; take it away.*\[BOW_DECORATOR_MISUSED\]$/,
      ),
    ]);
  });

  it('is refused where it would change nothing', async () => {
    const schema = z.object({ text: z.string() });

    @Controller('/notes')
    class NoteController {
      @Get('/:id') @UsePipes(new ValidationPipe({ unknown: 'refuse' })) find(@Param('id') _id: number): void {}
      // @ts-expect-error -- a named value is converted
      @Get() list(@Query('limit', new ValidationPipe({ status: 422 })) _limit: number): void {}
      @Get('/h') headers(@Headers(new ValidationPipe({ unknown: 'refuse' })) _headers: Plain): void {}
      @Post() create(@Body({ validate: false, pipe: new ValidationPipe() }) _note: unknown): void {}
      @Post('/s') check(
        @Body(schema, new ValidationPipe({ unknown: 'refuse', status: 422 })) _note: { text: string },
      ): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      '@UsePipes of NoteController.find: its ValidationPipe has no effect: no parameter takes a class with rules or a schema. Take the pipe away. [BOW_STAGE_INVALID]',
      "@Query('limit') of NoteController.list (parameter 1): it has a ValidationPipe, and no class with rules and no schema validates it; take the pipe away. [BOW_PARAMETER_INVALID]",
      '@Headers() of NoteController.headers (parameter 1): it refuses what is unknown, and every request has headers that no rule names. [BOW_PARAMETER_INVALID]',
      '@Body() of NoteController.create (parameter 1): it has a ValidationPipe, and no class with rules and no schema validates it; take the pipe away. [BOW_PARAMETER_INVALID]',
      '@Body() of NoteController.check (parameter 1): its ValidationPipe says unknown, which is for the schema itself to say. [BOW_PARAMETER_INVALID]',
    ]);
  });

  it('that names groups of which a class has no rule is refused', async () => {
    @Controller('/notes')
    class NoteController {
      @Post() create(@Body(new ValidationPipe({ groups: ['creat'] })) _note: Note): void {}
      @Post('/plain') plain(@Body(new ValidationPipe({ groups: ['create', 'all'] })) _note: Plain): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      '@Body() of NoteController.create (parameter 1) takes a Note, which has no rule of the group creat, so every request would be refused. Its rules have the groups create, update. [BOW_GROUPS_WITHOUT_RULES]',
      "@Body() of NoteController.plain (parameter 1) takes a Plain, which has no rule of the groups create, all, so every request would be refused. No rule of it is in a group: write { groups: ['create'] } or { always: true } on those that are to be asked. [BOW_GROUPS_WITHOUT_RULES]",
    ]);
  });
});

describe('a ValidationPipe', () => {
  it('is no stage of all routes, and no base of a pipe', async () => {
    class OwnPipe extends ValidationPipe implements Pipe<unknown> {
      transform(value: unknown): unknown {
        return value;
      }
    }

    @Controller('/notes')
    class NoteController {
      @Post() @UsePipes(new OwnPipe()) create(@Body() _note: Plain): void {}
    }
    const bind = shop({
      controllers: [NoteController],
      bind: ({ bind: to }) => void to(GlobalPipe).toConstantValue(new ValidationPipe() as never),
    });
    expect(await problemsOf([bind])).toEqual([
      'GlobalPipe in shop: a ValidationPipe only says options; say those of the whole application by createApplication({ validation: { ... } }). [BOW_STAGE_INVALID]',
      '@UsePipes of NoteController.create: OwnPipe extends ValidationPipe, of which no method is called: it only says options. Write a pipe of its own, and put it beside a ValidationPipe. [BOW_STAGE_INVALID]',
    ]);
  });
});

describe('a property that holds a class with rules and does not say @ValidateNested', () => {
  class Order {
    @IsOptional() first?: Plain;
    @IsArray() @Type(() => Plain) notes!: Plain[];
  }

  @Controller('/orders')
  class OrderController {
    @Post() create(@Body() _order: Order): void {}
  }

  it('is a mistake where the application is strict', async () => {
    const modules = [shop({ controllers: [OrderController] })];
    expect(await problemsOf({ modules })).toEqual([]);
    expect(await problemsOf({ modules, strict: true })).toEqual([
      'Order.first holds Plain, whose rules nobody asks, so anything would pass. Put @ValidateNested() and @Type(() => Plain) on it. [BOW_NESTED_UNCHECKED]',
      'Order.notes holds a list of Plain, whose rules nobody asks, so anything would pass. Put @ValidateNested({ each: true }) and @Type(() => Plain) on it. [BOW_NESTED_UNCHECKED]',
    ]);
  });
});

describe('a MessageSource', () => {
  it('is one, for all requests, and has its method', async () => {
    @Injectable({ scope: 'request' })
    class OfOneRequest extends MessageSource {
      messageOf(): string {
        return '';
      }
    }
    const first = shop({ bind: ({ bind }) => void bind(MessageSource).to(OfOneRequest) });
    const second = shop({ bind: ({ bind }) => void bind(MessageSource).toConstantValue({} as never) });
    expect(await problemsOf([first, second])).toEqual([
      'shop could not bind MessageSource: it has no messageOf; the contract has the methods messageOf. [BOW_BINDING_FAILED]',
      'MessageSource is bound 2 times (shop, shop), but the application takes one. Remove a binding, name them (whenNamed and @Named), or take all of them with @MultiInject. [BOW_AMBIGUOUS_BINDING]',
      'shop could not bind MessageSource: it is in request scope, and one says the messages of all requests; it gets the context of each. Bind it in singleton scope. [BOW_BINDING_FAILED]',
    ]);
  });

  it('is checked with what it needs', async () => {
    class Texts {}
    @Injectable()
    class Translated extends MessageSource {
      constructor(readonly texts: Texts) {
        super();
      }
      messageOf(): undefined {}
    }
    const module = shop({ bind: ({ bind }) => void bind(MessageSource).to(Translated) });
    expect(await problemsOf([module])).toEqual([expect.stringMatching(/^Texts is not bound, but Translated needs it/)]);
  });
});
