import { Body, Controller, Post, Query } from 'bowline';
import { Type } from 'class-transformer';
import { IsInt, IsString, ValidateNested } from 'class-validator';
import { expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';

class Price {
  @IsInt() cents!: number;
}

class Catalogue {
  @ValidateNested({ each: true })
  @Type(() => Price)
  prices!: Map<string, Price>;

  @ValidateNested({ each: true })
  @Type(() => Price)
  levels!: Set<Price>;
}

class Filter {
  @IsString({ each: true })
  @Type(() => String)
  tags!: Set<string>;
}

@Controller('/containers')
class ContainerController {
  @Post()
  create(@Body() { prices, levels }: Catalogue) {
    return {
      prices: [...prices].map(([key, price]) => [key, price.cents, price instanceof Price]),
      levels: [...levels].map((price) => [price.cents, price instanceof Price]),
    };
  }

  @Post('/filter')
  filter(@Query() { tags }: Filter) {
    return { isSet: tags instanceof Set, tags: [...tags] };
  }
}

describeProviders('a Map or a Set of a class with rules', { controllers: [ContainerController] }, (server) => {
  const failuresOf = async (json: object): Promise<unknown> =>
    ((await server.post('/containers', { json })).json as { readonly errors: readonly object[] }).errors;

  test('is made of an object, or of a list, and holds instances', async () => {
    const json = { prices: { a: { cents: 1 }, 'b/~': { cents: 2 } }, levels: [{ cents: 3 }] };
    expect((await server.post('/containers', { json })).json).toEqual({
      prices: [
        ['a', 1, true],
        ['b/~', 2, true],
      ],
      levels: [[3, true]],
    });
  });

  test('is refused with the place of what a rule of an element refuses', async () => {
    expect(await failuresOf({ prices: { 'b/~': { cents: 0.5 } }, levels: [{ cents: 1 }, { cents: 'x' }] })).toEqual([
      { path: '/prices/b~1~0/cents', in: 'body', code: 'isInt', message: 'cents must be an integer number' },
      { path: '/levels/1/cents', in: 'body', code: 'isInt', message: 'cents must be an integer number' },
    ]);
  });

  test('is refused where the client has sent the other of both', async () => {
    expect(await failuresOf({ prices: [{ cents: 1 }], levels: { cents: 1 } })).toEqual([
      { path: '/prices', in: 'body', code: 'nestedValidation', message: 'prices must be an object' },
      { path: '/levels', in: 'body', code: 'nestedValidation', message: 'levels must be an array' },
    ]);
  });

  test('is refused where an element is a list', async () => {
    expect(await failuresOf({ prices: { a: [{ cents: 1 }] }, levels: [[]] })).toEqual([
      { path: '/prices/a', in: 'body', code: 'nestedValidation', message: 'each value in prices must be an object' },
      { path: '/levels/0', in: 'body', code: 'nestedValidation', message: 'each value in levels must be an object' },
    ]);
  });

  test('takes one value of a query string as well as several', async () => {
    expect((await server.post('/containers/filter?tags=a')).json).toEqual({ isSet: true, tags: ['a'] });
    expect((await server.post('/containers/filter?tags=a&tags=b')).json).toEqual({ isSet: true, tags: ['a', 'b'] });
  });
});
