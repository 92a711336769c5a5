import {
  Controller,
  Cookies,
  DefaultValuePipe,
  Get,
  Headers,
  Param,
  ParseArrayPipe,
  ParseBoolPipe,
  ParseDatePipe,
  ParseEnumPipe,
  ParseIntPipe,
  ParseUUIDPipe,
  Query,
  type Pipe,
} from 'bowline';
import { z } from 'zod';

enum Size {
  Small = 'small',
  Large = 'large',
}

enum Level {
  Low = 1,
  High = 2,
}

interface Filter {
  readonly text: string;
}

class Page {
  limit = 20;
}

const filter = z.object({ text: z.string() });

@Controller()
export class ByDeclaredType {
  @Get() texts(
    @Param('a') _text: string,
    @Param('b') _number: number,
    @Param('c') _flag: boolean,
    @Param('d') _big: bigint,
    @Param('e') _date: Date,
    @Param('f') _enum: Size,
    @Query('g') _optional?: number,
    @Query('h') _withDefault = 20,
    @Headers('i') _header?: string,
    @Cookies('j') _cookie?: string,
  ): void {}

  // @ts-expect-error -- an interface is no text
  @Get() object(@Query('filter') _filter?: Filter): void {}
  // @ts-expect-error -- a list has no element when it runs
  @Get() list(@Query('tag') _tags?: string[]): void {}
  // @ts-expect-error -- the query may lack it
  @Get() missingQuery(@Query('limit') _limit: number): void {}
  // @ts-expect-error -- so may the headers
  @Get() missingHeader(@Headers('x-tenant') _tenant: string): void {}
  // @ts-expect-error -- and the cookies
  @Get() missingCookie(@Cookies('session') _session: string): void {}
  // @ts-expect-error -- undefined and not null
  @Get() nothing(@Query('limit') _limit: number | null): void {}
}

@Controller()
export class ByNamedType {
  @Get() typed(
    @Param('a', String) _text: string,
    @Param('b', Number) _number: number,
    @Param('c', Boolean) _flag: boolean,
    @Param('d', BigInt) _big: bigint,
    @Param('e', Date) _date: Date,
    @Query('f', Number) _query: number | undefined,
    @Headers('g', Date) _header: Date | undefined,
    @Cookies('h', Boolean) _cookie: boolean | undefined,
  ): void {}

  // @ts-expect-error -- another type
  @Get() other(@Param('id', Number) _id: string): void {}
  // @ts-expect-error -- it may be missing
  @Get() missing(@Query('limit', Number) _limit: number): void {}
  // @ts-expect-error -- nothing that a text becomes
  @Get() unknown(@Param('id', Page) _id: Page): void {}
  // @ts-expect-error -- another type, from a header
  @Get() header(@Headers('x', Number) _x: boolean | undefined): void {}
  // @ts-expect-error -- another type, from a cookie
  @Get() cookie(@Cookies('x', Number) _x: boolean | undefined): void {}
}

@Controller()
export class ByOptions {
  @Get() options(
    @Query('a', { required: true }) _declared: number,
    @Query('b', { type: Number, required: true }) _required: number,
    @Query('c', { type: Number, default: 20 }) _default: number,
    @Query('d', { enum: Size }) _enum: Size | undefined,
    @Query('e', { enum: Size, required: true }) _requiredEnum: Size,
    @Query('f', { enum: Level, required: true }) _numeric: Level,
    @Query('g', { enum: ['asc', 'desc'], default: 'asc' }) _list: 'asc' | 'desc',
    @Query('h', { type: Number, array: true }) _numbers: number[] | undefined,
    @Query('i', { type: Number, array: true, default: [] }) _numbersOrNone: number[],
    @Query('j', { enum: Size, array: true, required: true }) _sizes: Size[],
    @Headers('k', { type: Number, required: true }) _header: number,
    @Cookies('l', { default: 'none' }) _cookie: string,
    @Param('m', { enum: Level }) _param: Level,
  ): void {}

  // @ts-expect-error -- it may be missing
  @Get() missing(@Query('size', { enum: Size }) _size: Size): void {}
  // @ts-expect-error -- one and not a list
  @Get() single(@Query('size', { enum: Size, required: true }) _sizes: Size[]): void {}
  // @ts-expect-error -- a list and not one
  @Get() array(@Query('size', { enum: Size, array: true, required: true }) _size: Size): void {}
  // @ts-expect-error -- the list may be missing
  @Get() missingArray(@Query('tag', { type: String, array: true }) _tags: string[]): void {}
  // @ts-expect-error -- values that the parameter does not take
  @Get() wider(@Query('order', { enum: ['asc', 'desc', 'none'], required: true }) _order: 'asc' | 'desc'): void {}
  // @ts-expect-error -- an option that there is not
  @Get() misspelt(@Query('limit', { defualt: 20 }) _limit?: number): void {}
}

@Controller()
export class Whole {
  @Get() whole(
    @Query() _query: Record<string, unknown>,
    @Query(Page) _page: Page,
    @Query(filter) _filter: Filter,
    @Param() _params: Readonly<Record<string, string>>,
    @Headers() _headers: unknown,
    @Query() _instance: Page,
    @Query() _any: any,
  ): void {}

  // @ts-expect-error -- without a name there is no single value
  @Get() param(@Param() _id: number): void {}
  // @ts-expect-error -- nor a text
  @Get() query(@Query() _search: string): void {}
  // @ts-expect-error -- nor one that may be missing
  @Get() header(@Headers() _tenant?: string): void {}
  // @ts-expect-error -- nor a date
  @Get() date(@Query() _since: Date): void {}
  // @ts-expect-error -- nor a list
  @Get() list(@Query() _tags: string[]): void {}
  // @ts-expect-error -- nor the value of an enum
  @Get() enum(@Query() _size: Size): void {}

  // @ts-expect-error -- another class
  @Get() otherClass(@Query(Page) _filter: Filter): void {}
  // @ts-expect-error -- another shape
  @Get() otherSchema(@Query(filter) _page: { readonly limit: number }): void {}
}

@Controller()
export class OnConstructors {
  constructor(
    // @ts-expect-error -- a constructor is not called for a request
    @Param('id') _id: string,
    // @ts-expect-error -- nor with a query
    @Query('limit') _limit?: number,
    // @ts-expect-error -- nor with headers
    @Headers('x-tenant') _tenant?: string,
    // @ts-expect-error -- nor with cookies
    @Cookies('session') _session?: string,
  ) {}
}

declare class SizeByName implements Pipe<string, Size> {
  transform(name: string): Size;
}

@Controller()
export class ByPipesAsTheyStand {
  @Get() piped(
    @Param('a', ParseIntPipe) _whole: number,
    @Query('b', new DefaultValuePipe(1), ParseIntPipe) _withDefault: number,
    @Query('c', new ParseIntPipe({ optional: true })) _optional: number | undefined,
    @Param('d', ParseUUIDPipe) _id: string,
    @Query('e', new ParseEnumPipe(Size)) _size: Size,
    @Query('f', new ParseEnumPipe(['a', 'b'])) _letter: 'a' | 'b',
    @Query('g', new ParseArrayPipe({ items: Number })) _ids: number[],
    @Query('h', ParseArrayPipe) _names: string[],
    @Param('i', SizeByName) _byName: Size,
    @Param('j', (text: string) => text.length) _length: number,
    @Query('k', ParseDatePipe) _date: Date,
    @Query('l', ParseBoolPipe) _flag: boolean,
    @Query('m', new DefaultValuePipe('x')) _text: string,
  ): void {}

  // @ts-expect-error -- the last one makes a number
  @Get() wrong(@Param('id', ParseIntPipe) _id: string): void {}
  // @ts-expect-error -- it may be missing
  @Get() missing(@Query('id', new ParseIntPipe({ optional: true })) _id: number): void {}
  // @ts-expect-error -- another enum
  @Get() other(@Query('size', new ParseEnumPipe(Size)) _level: Level): void {}
  // @ts-expect-error -- lists of bodies are @Body([Page])
  @Get() bodies(@Query('pages', new ParseArrayPipe({ items: Page })) _pages: Page[]): void {}
}
