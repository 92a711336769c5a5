import {
  Body,
  Controller,
  Cookies,
  createParamDecorator,
  Ctx,
  Get,
  Headers,
  HttpCode,
  Ip,
  Param,
  Post,
  Query,
  Req,
  Signal,
} from 'bowline';
import type { HttpContext as ContextType } from 'bowline';
import { IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { problemsOf, shop, withoutTypes, withTypes } from './boot-fixture.js';

interface Filter {
  readonly text: string;
}

class Note {
  @IsString() text!: string;
}

describe('a parameter of the request whose type was lost', () => {
  it('is an interface, a union with undefined, or a class behind import type', async () => {
    @Controller('/notes')
    class NoteController {
      // @ts-expect-error -- no text of the request becomes an interface
      @Get('/a') a(@Query('filter') _filter: Filter): void {}
      @Get('/b') b(@Query('limit') _limit: number | undefined): void {}
      // @ts-expect-error -- nor a context
      @Get('/c/:id') c(@Param('id') _id: ContextType): void {}
      // @ts-expect-error -- nor null
      @Get('/d') d(@Headers('x-tenant') _tenant: string | null | undefined): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      "The type of @Query('filter') of NoteController.a (parameter 1) was lost (the compiler wrote Object). A union with undefined or null, an interface, 'import type' and a default alone leave none: write 'x?: string' in place of 'x: string | undefined', 'x: number = 20' in place of 'x = 20', or name the type, as in @Query('filter', Number). [BOW_PARAMETER_TYPE_LOST]",
      "The type of @Query('limit') of NoteController.b (parameter 1) was lost (the compiler wrote Object). A union with undefined or null, an interface, 'import type' and a default alone leave none: write 'x?: string' in place of 'x: string | undefined', 'x: number = 20' in place of 'x = 20', or name the type, as in @Query('limit', Number). [BOW_PARAMETER_TYPE_LOST]",
      "The type of @Param('id') of NoteController.c (parameter 1) was lost (the compiler wrote Object). A union with undefined or null, an interface, 'import type' and a default alone leave none: write 'x?: string' in place of 'x: string | undefined', 'x: number = 20' in place of 'x = 20', or name the type, as in @Param('id', Number). [BOW_PARAMETER_TYPE_LOST]",
      "The type of @Headers('x-tenant') of NoteController.d (parameter 1) was lost (the compiler wrote Object). A union with undefined or null, an interface, 'import type' and a default alone leave none: write 'x?: string' in place of 'x: string | undefined', 'x: number = 20' in place of 'x = 20', or name the type, as in @Headers('x-tenant', Number). [BOW_PARAMETER_TYPE_LOST]",
    ]);
  });

  it('is a list without its element', async () => {
    @Controller('/notes')
    class NoteController {
      // @ts-expect-error -- no text of the request becomes a list
      @Get() list(@Query('tag') _tags: string[] = []): void {}
      // @ts-expect-error -- nor a number that need not be there
      @Get('/x') x(@Cookies('seen') _seen: Date[]): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      "The type of @Query('tag') of NoteController.list (parameter 1) was lost (the compiler wrote Array). A list needs the type of its elements: @Query('tag', { type: String, array: true }). [BOW_PARAMETER_TYPE_LOST]",
      "The type of @Cookies('seen') of NoteController.x (parameter 1) was lost (the compiler wrote Array). A list needs the type of its elements: @Cookies('seen', { type: String, array: true }). [BOW_PARAMETER_TYPE_LOST]",
    ]);
  });

  it('is a class that a circular import has left undefined', async () => {
    @Controller('/notes')
    class NoteController {
      @Get() find(@Query('since') _since?: Date): void {}
      @Post() create(@Body() _note: Note): void {}
    }
    withTypes(NoteController, [undefined], 'find');
    withTypes(NoteController, [undefined], 'create');
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      "The type of @Query('since') of NoteController.find (parameter 1) was lost (the compiler wrote undefined). It was not loaded yet, which files that import each other do; name the type, as in @Query('since', Number). [BOW_PARAMETER_TYPE_LOST]",
      'The type of @Body() of NoteController.create (parameter 1) was lost (the compiler wrote undefined). It was not loaded yet, which files that import each other do: move the class into a file of its own. [BOW_PARAMETER_TYPE_LOST]',
    ]);
  });

  it('is any under a compiler that writes no types', async () => {
    @Controller('/notes')
    class NoteController {
      @Get('/:id') find(@Param('id') _id: number): void {}
      @Post() create(@Body() _note: Note): void {}
    }
    withoutTypes(NoteController, 'find');
    withoutTypes(NoteController, 'create');
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      "The type of @Param('id') of NoteController.find (parameter 1) was lost (the compiler wrote nothing). Write the type into the decorator, as in @Param('id', Number). [BOW_PARAMETER_TYPE_LOST]",
      'The type of @Body() of NoteController.create (parameter 1) was lost (the compiler wrote nothing). Write the class into the decorator, as in @Body(CreateOrder). [BOW_PARAMETER_TYPE_LOST]',
    ]);
  });

  it('is no matter where the decorator tells', async () => {
    @Controller('/notes')
    class NoteController {
      @Get() list(@Query('tag', { type: String, array: true, default: [] }) _tags: string[]): void {}
      @Get('/:id') find(@Param('id', Number) _id: number, @Query('limit', Number) _limit: number | undefined): void {}
      @Post() create(@Body(Note) _note: Note): void {}
      @Post('/all') all(@Body([Note]) _notes: Note[]): void {}
      @Post('/raw') raw(@Body({ validate: false }) _raw: unknown): void {}
    }
    for (const method of ['list', 'find', 'create', 'all', 'raw']) withoutTypes(NoteController, method);
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([]);
  });

  it('is no matter for what has one type only', async () => {
    const Tenant = createParamDecorator((_: undefined, ctx: ContextType) => ctx.header('x-tenant'));
    @Controller('/notes')
    class NoteController {
      @Get() list(
        @Ctx() _ctx: ContextType,
        @Ip() _ip: string,
        @Signal() _signal: AbortSignal,
        @Req() _request: unknown,
        @Tenant() _tenant: string | undefined,
        @Query() _query: Record<string, unknown>,
      ): void {}
    }
    withoutTypes(NoteController, 'list');
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([]);
  });

  it('is a type that no text becomes', async () => {
    @Controller('/notes')
    class NoteController {
      // @ts-expect-error -- a class of the user's
      @Get('/:note') find(@Param('note') _note: Note): void {}
      // @ts-expect-error -- named in the decorator, too
      @Get('/x/:note') x(@Param('note', { type: Note }) _note: Note): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      "@Param('note') of NoteController.find (parameter 1): no text becomes a Note; take a string and convert it, or name another type, as in @Param('note', Number). [BOW_PARAMETER_INVALID]",
      "@Param('note') of NoteController.x (parameter 1): no text becomes a Note; the types are String, Number, Boolean, BigInt and Date. [BOW_PARAMETER_INVALID]",
    ]);
  });
});

describe('a body whose type was lost', () => {
  it('is an interface, any, or a list', async () => {
    @Controller('/notes')
    class NoteController {
      @Post('/a') a(@Body() _note: Filter): void {}
      @Post('/b') b(@Body() _note: any): void {}
      @Post('/c') c(@Body() _notes: Note[]): void {}
      @Post('/d') d(@Body() _note: Note | undefined): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      "The type of @Body() of NoteController.a (parameter 1) was lost (the compiler wrote Object). An interface, a union or 'import type' leaves no class: import the class itself, write @Body(CreateOrder) or @Body(schema), or take the body unchecked with @Body({ validate: false }). [BOW_PARAMETER_TYPE_LOST]",
      "The type of @Body() of NoteController.b (parameter 1) was lost (the compiler wrote Object). An interface, a union or 'import type' leaves no class: import the class itself, write @Body(CreateOrder) or @Body(schema), or take the body unchecked with @Body({ validate: false }). [BOW_PARAMETER_TYPE_LOST]",
      'The type of @Body() of NoteController.c (parameter 1) was lost (the compiler wrote Array). A list needs the class of its elements: @Body([CreateItem]). [BOW_PARAMETER_TYPE_LOST]',
      "The type of @Body() of NoteController.d (parameter 1) was lost (the compiler wrote Object). An interface, a union or 'import type' leaves no class: import the class itself, write @Body(CreateOrder) or @Body(schema), or take the body unchecked with @Body({ validate: false }). [BOW_PARAMETER_TYPE_LOST]",
    ]);
  });

  it('is a list that does not name one class', async () => {
    @Controller('/notes')
    class NoteController {
      // @ts-expect-error -- one class only
      @Post('/a') a(@Body([Note, Note]) _notes: Note[]): void {}
      // @ts-expect-error -- none at all
      @Post('/b') b(@Body([]) _notes: Note[]): void {}
      @Post('/c') c(@Body(undefined) _notes: Note[]): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      '@Body() of NoteController.a (parameter 1): a list of bodies names one class, as in @Body([CreateItem]). [BOW_PARAMETER_INVALID]',
      '@Body() of NoteController.b (parameter 1): a list of bodies names one class, as in @Body([CreateItem]). [BOW_PARAMETER_INVALID]',
      'The type of @Body() of NoteController.c (parameter 1) was lost (the compiler wrote Array). A list needs the class of its elements: @Body([CreateItem]). [BOW_PARAMETER_TYPE_LOST]',
    ]);
  });

  it('is a number or a date, which no body is', async () => {
    @Controller('/notes')
    class NoteController {
      @Post('/a') a(@Body() _note: number): void {}
      @Post('/b') b(@Body() _note: Date): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      '@Body() of NoteController.a (parameter 1): no body becomes a Number; name a class or a schema, or take a text as string, bytes as Uint8Array and a stream as Readable. [BOW_PARAMETER_INVALID]',
      '@Body() of NoteController.b (parameter 1): no body becomes a Date; name a class or a schema, or take a text as string, bytes as Uint8Array and a stream as Readable. [BOW_PARAMETER_INVALID]',
    ]);
  });
});

describe('a class without one validation rule', () => {
  class Bare {
    text!: string;
  }

  it('lets anything pass, and that is refused', async () => {
    @Controller('/notes')
    class NoteController {
      @Post() create(@Body() _note: Bare): void {}
      @Post('/all') all(@Body([Bare]) _notes: Bare[]): void {}
      @Get() list(@Query() _query: Bare): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      '@Body() of NoteController.create (parameter 1) takes a Bare, which has no validation rule, so anything would pass. Decorate its properties with class-validator, or write @Body({ validate: false }). [BOW_DTO_WITHOUT_RULES]',
      '@Body() of NoteController.all (parameter 1) takes a Bare, which has no validation rule, so anything would pass. Decorate its properties with class-validator, or write @Body({ validate: false }). [BOW_DTO_WITHOUT_RULES]',
      '@Query() of NoteController.list (parameter 1) takes a Bare, which has no validation rule, so anything would pass. Decorate its properties with class-validator, or declare the parameter as Record<string, unknown>. [BOW_DTO_WITHOUT_RULES]',
    ]);
  });

  it('is let through where that is asked for', async () => {
    @Controller('/notes')
    class NoteController {
      @Post() create(@Body({ validate: false }) _note: Bare): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([]);
  });

  it('may have its rules from a base class', async () => {
    class Reply extends Note {}
    @Controller('/notes')
    class NoteController {
      @Post() create(@Body() _reply: Reply): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([]);
  });
});

describe('a parameter', () => {
  it('has one decorator', async () => {
    @Controller('/notes')
    class NoteController {
      @Get('/:id') find(@Param('id') @Query('id') _id?: string): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      'NoteController.find, parameter 1: it has two decorators that read it; keep one. [BOW_PARAMETER_INVALID]',
    ]);
  });

  it('has options that fit together', async () => {
    @Controller('/notes')
    class NoteController {
      @Get('/a') a(@Query('limit', { required: true, default: 1 }) _limit: number): void {}
      // @ts-expect-error -- no value at all
      @Get('/b') b(@Query('kind', { enum: [] }) _kind: never): void {}
      // @ts-expect-error -- misspelt
      @Get('/c') c(@Query('limit', { defualt: 1 }) _limit: number): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      "@Query('limit') of NoteController.a (parameter 1): a required value has no use for a default. [BOW_PARAMETER_INVALID]",
      "@Query('kind') of NoteController.b (parameter 1): its enum has no values. [BOW_PARAMETER_INVALID]",
      "@Query('limit') of NoteController.c (parameter 1): there is no option 'defualt'; did you mean 'default'? [BOW_PARAMETER_INVALID]",
    ]);
  });

  it('has a default of its type', async () => {
    enum Size {
      Small = 'small',
    }
    const since = new Date(0);
    @Controller('/notes')
    class NoteController {
      @Get('/fitting') fitting(
        @Query('a', { default: 20 }) _a: number,
        @Query('b', { enum: Size, default: Size.Small }) _b: Size,
        @Query('c', { type: Date, default: since }) _c: Date,
        @Query('d', { type: Number, array: true, default: [1] }) _d: number[],
        @Query('e', { type: Number, default: null }) _e: number | null,
      ): void {}
      // @ts-expect-error -- a text
      @Get('/a') a(@Query('limit', { default: 'abc' }) _limit: number): void {}
      // @ts-expect-error -- a text, of a named type
      @Get('/b') b(@Query('limit', { type: Number, default: '20' }) _limit: number): void {}
      // @ts-expect-error -- none of the enum's values
      @Get('/c') c(@Query('size', { enum: Size, default: 'large' }) _size: Size): void {}
      // @ts-expect-error -- one in place of a list
      @Get('/d') d(@Query('tag', { type: String, array: true, default: 'a' }) _tags: string[]): void {}
      // @ts-expect-error -- another element
      @Get('/e') e(@Query('id', { type: Number, array: true, default: ['1'] }) _ids: number[]): void {}
      // @ts-expect-error -- a text in place of a date
      @Get('/f') f(@Query('since', { default: '2026-01-01' }) _since: Date): void {}
      @Get('/g') g(@Query('limit', { default: Number('x') }) _limit: number): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      "@Query('limit') of NoteController.a (parameter 1): its default is 'abc'; it must be a number. [BOW_PARAMETER_INVALID]",
      "@Query('limit') of NoteController.b (parameter 1): its default is '20'; it must be a number. [BOW_PARAMETER_INVALID]",
      "@Query('size') of NoteController.c (parameter 1): its default is 'large'; it must be one of small. [BOW_PARAMETER_INVALID]",
      "@Query('tag') of NoteController.d (parameter 1): its default is 'a'; it must be a list, as array says. [BOW_PARAMETER_INVALID]",
      "@Query('id') of NoteController.e (parameter 1): its default is '1'; it must be a number. [BOW_PARAMETER_INVALID]",
      "@Query('since') of NoteController.f (parameter 1): its default is '2026-01-01'; it must be a Date. [BOW_PARAMETER_INVALID]",
      "@Query('limit') of NoteController.g (parameter 1): its default is NaN; it must be a number. [BOW_PARAMETER_INVALID]",
    ]);
  });

  it('has an enum that is one', async () => {
    const absent = undefined as unknown as { readonly A: 'a' };
    const nothing = null as unknown as { readonly A: 'a' };
    @Controller('/notes')
    class NoteController {
      @Get('/a') a(@Query('kind', { enum: absent }) _kind?: string): void {}
      @Get('/b') b(@Query('kind', { enum: nothing }) _kind?: string): void {}
      // @ts-expect-error -- a text
      @Get('/c') c(@Query('kind', 'a') _kind?: string): void {}
      // @ts-expect-error -- a text
      @Get('/d') d(@Query('kind', { required: 'yes' }) _kind: string): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      "@Query('kind') of NoteController.a (parameter 1): its enum is undefined, which files that import each other see; move the enum into a file of its own. [BOW_PARAMETER_INVALID]",
      "@Query('kind') of NoteController.b (parameter 1): its enum is null; it must be an enum or a list of values. [BOW_PARAMETER_INVALID]",
      "@Query('kind') of NoteController.c (parameter 1): its second argument is 'a'; it takes a type such as Number, or options. [BOW_PARAMETER_INVALID]",
      "@Query('kind') of NoteController.d (parameter 1): its required is 'yes'; it must be true or false. [BOW_PARAMETER_INVALID]",
    ]);
  });

  it('of the body takes a class or a schema', async () => {
    @Controller('/notes')
    class NoteController {
      // @ts-expect-error -- a name
      @Post() create(@Body('text') _text: unknown): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      "@Body() of NoteController.create (parameter 1): it takes the whole body, and no 'text' alone; name a class that has it, as in @Body(CreateOrder) { text }: CreateOrder. [BOW_PARAMETER_INVALID]",
    ]);
  });

  it('takes the body once', async () => {
    @Controller('/notes')
    class NoteController {
      @Post() create(@Body() _note: Note, @Body() _again: Note): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      'NoteController.create, its parameters: a request has one body; use @Body once. [BOW_PARAMETER_INVALID]',
    ]);
  });

  it('takes one cookie by its name', async () => {
    @Controller('/notes')
    class NoteController {
      @Get() list(@Cookies() _cookies: unknown): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      "@Cookies() of NoteController.list (parameter 1): name the cookie, as in @Cookies('session'). [BOW_PARAMETER_INVALID]",
    ]);
  });

  it('is read by a decorator', async () => {
    @Controller('/notes')
    class NoteController {
      @Get('/:id') find(_id: number, @Query('limit') _limit?: number, _rest?: string, _page = 1): void {}
      // @ts-expect-error -- it decorates methods
      @Post() create(@HttpCode(201) _note: Note, @Injected _more: Note): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      '@HttpCode on parameter 1 of NoteController.create belongs on a method that answers requests. [BOW_DECORATOR_MISUSED]',
      "NoteController.find, parameter 1: no decorator says what it takes; put @Param('id'), @Query('limit'), @Body() or another one on it. [BOW_PARAMETER_INVALID]",
      "NoteController.find, parameter 3: no decorator says what it takes; put @Param('id'), @Query('limit'), @Body() or another one on it. [BOW_PARAMETER_INVALID]",
      "NoteController.create, parameter 2: no decorator says what it takes; put @Param('id'), @Query('limit'), @Body() or another one on it. [BOW_PARAMETER_INVALID]",
    ]);
  });

  it('has a name where one value is meant', async () => {
    @Controller('/notes')
    class NoteController {
      // @ts-expect-error -- the name is missing
      @Get('/a/:id') a(@Param() _id: number): void {}
      // @ts-expect-error -- the name is missing
      @Get('/b') b(@Query() _search: string): void {}
      // @ts-expect-error -- the name is missing
      @Get('/c') c(@Headers() _tags: string[]): void {}
      // @ts-expect-error -- a type in place of the name
      @Get('/d') d(@Query(Number) _limit: number): void {}
      // @ts-expect-error -- options in place of the name
      @Get('/e') e(@Query({ type: Number }) _limit: number): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      "@Param() of NoteController.a (parameter 1): without a name it takes all values at once; name the one that is meant, as in @Param('id'). [BOW_PARAMETER_INVALID]",
      "@Query() of NoteController.b (parameter 1): without a name it takes all values at once; name the one that is meant, as in @Query('limit'). [BOW_PARAMETER_INVALID]",
      "@Headers() of NoteController.c (parameter 1): without a name it takes all values at once; name the one that is meant, as in @Headers('x-tenant'). [BOW_PARAMETER_INVALID]",
      "@Query() of NoteController.d (parameter 1): it takes a name, a class with rules or a schema, not the function Number; write @Query('limit'). [BOW_PARAMETER_INVALID]",
      "@Query() of NoteController.e (parameter 1): it takes a name, a class with rules or a schema, not an object; write @Query('limit'). [BOW_PARAMETER_INVALID]",
    ]);
  });
});

/** A parameter decorator of somebody else's, which reads nothing of the request. */
function Injected(): void {}

describe('a parameter without a name', () => {
  it.each([
    ['@Param', Param],
    ['@Query', Query],
    ['@Headers', Headers],
    ['@Cookies', Cookies],
  ])("is one whose name is empty: %s('')", async (decorator, decorate) => {
    @Controller('/notes')
    class NoteController {
      @Get('/:id') find(@decorate('') _value?: string): void {}
    }
    expect(await problemsOf([shop({ controllers: [NoteController] })])).toEqual([
      `${decorator}('') of NoteController.find (parameter 1): its name is empty; write what it reads, or nothing for all of them. [BOW_PARAMETER_INVALID]`,
    ]);
  });
});
