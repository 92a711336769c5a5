import { Body, Controller, Cookies, Get, Headers, Param, Post, Query } from 'bowline';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { Color, Size } from './parameters.enums.js';

/** The type of a value and the value, since JSON has no bigint, no Date and no undefined. */
function shown(value: unknown): { type: string; value: string } {
  if (value instanceof Date) return { type: 'Date', value: value.toISOString() };
  return {
    type: Array.isArray(value) ? 'array' : typeof value,
    value: Array.isArray(value) ? JSON.stringify(value) : String(value),
  };
}

enum LocalSize {
  Tiny,
  Huge = 9,
}

@Controller('/path')
export class PathParameterController {
  @Get('/string/:value')
  string(@Param('value') value: string) {
    return shown(value);
  }

  @Get('/number/:value')
  number(@Param('value') value: number) {
    return shown(value);
  }

  @Get('/boolean/:value')
  boolean(@Param('value') value: boolean) {
    return shown(value);
  }

  @Get('/bigint/:value')
  bigint(@Param('value') value: bigint) {
    return shown(value);
  }

  @Get('/date/:value')
  date(@Param('value') value: Date) {
    return shown(value);
  }

  @Get('/told/:value')
  told(@Param('value', Number) value: number) {
    return shown(value);
  }

  @Get('/color/:value')
  color(@Param('value', { enum: Color }) value: Color) {
    return shown(value);
  }

  @Get('/size/:value')
  size(@Param('value', { enum: Size }) value: Size) {
    return shown(value);
  }

  @Get('/local-size/:value')
  localSize(@Param('value', { enum: LocalSize }) value: LocalSize) {
    return shown(value);
  }

  @Get('/listed/:value')
  listed(@Param('value', { enum: ['a', 'b'] as const }) value: 'a' | 'b') {
    return shown(value);
  }

  @Get('/optional/:value?')
  optional(@Param('value') value?: number) {
    return shown(value);
  }

  @Get('/default/:value?')
  default(@Param('value') value: number = 7) {
    return shown(value);
  }
}

@Controller('/query')
export class QueryParameterController {
  @Get('/string')
  string(@Query('value') value?: string) {
    return shown(value);
  }

  @Get('/number')
  number(@Query('value') value?: number) {
    return shown(value);
  }

  @Get('/boolean')
  boolean(@Query('value') value?: boolean) {
    return shown(value);
  }

  @Get('/default')
  default(@Query('value') value: number = 20) {
    return shown(value);
  }

  @Get('/default-option')
  defaultOption(@Query('value', { type: Number, default: 5 }) value: number) {
    return shown(value);
  }

  @Get('/required')
  required(@Query('value', { required: true }) value: number) {
    return shown(value);
  }

  @Get('/enum')
  enum(@Query('value', { enum: Color }) value?: Color) {
    return shown(value);
  }

  @Get('/declared-enum')
  declaredEnum(@Query('value') value?: Color) {
    return shown(value);
  }

  @Get('/declared-size')
  declaredSize(@Query('value') value?: Size) {
    return shown(value);
  }

  @Get('/array')
  array(@Query('value', { type: Number, array: true }) value?: number[]) {
    return shown(value);
  }

  @Get('/enum-array')
  enumArray(@Query('value', { enum: Color, array: true, default: [Color.Green] }) value: Color[]) {
    return shown(value);
  }

  @Get('/required-array')
  requiredArray(@Query('value', { type: String, array: true, required: true }) value: string[]) {
    return shown(value);
  }

  @Get('/several')
  several(
    @Query('a') a?: number,
    @Query('b') b?: boolean,
    @Query('c') c?: string,
    @Query('d') d?: Date,
    @Query('e') e?: bigint,
  ) {
    return [a, b, c, d, e].map((value) => shown(value));
  }

  @Get('/whole')
  whole(@Query() query: Record<string, string | string[]>) {
    return query;
  }
}

@Controller('/named')
export class NamedValueController {
  @Get('/header')
  header(@Headers('X-Count') count?: number) {
    return shown(count);
  }

  @Get('/headers')
  headers(@Headers() headers: Record<string, string>) {
    return { agent: headers['user-agent'] };
  }

  @Get('/required-header')
  requiredHeader(@Headers('x-token', { type: String, required: true }) token: string) {
    return shown(token);
  }

  @Get('/inherited-name')
  inheritedName(
    @Headers('constructor') first?: string,
    @Cookies('constructor') second?: string,
    @Query('constructor') third?: string,
  ) {
    return [first, second, third].map((value) => shown(value));
  }

  @Get('/cookie')
  cookie(@Cookies('session') session?: string) {
    return shown(session);
  }

  @Get('/numbered-cookie')
  numberedCookie(@Cookies('count', { type: Number, default: 0 }) count: number) {
    return shown(count);
  }
}

export class Page {
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  @IsOptional()
  @IsString()
  search?: string;

  @IsString({ each: true })
  tags: string[] = [];
}

export class CreatedThing {
  @IsString()
  name!: string;
}

@Controller('/dto')
export class DtoController {
  @Get('/page')
  page(@Query() page: Page) {
    return Object.assign({ isPage: page instanceof Page }, page);
  }

  @Post('/thing')
  create(@Body() thing: CreatedThing) {
    return Object.assign({ isThing: thing instanceof CreatedThing }, thing);
  }
}

export const controllers = [PathParameterController, QueryParameterController, NamedValueController, DtoController];
