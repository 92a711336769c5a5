import { Body, Controller, Get, Headers, Post, Query } from 'bowline';
import { Expose, Transform, Type } from 'class-transformer';
import { IsBoolean, IsDate, IsIn, IsInt, IsOptional, IsString, Min, MinLength } from 'class-validator';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeProviders } from './harness/describe-providers.js';

class Filter {
  @IsOptional() @IsBoolean() @Transform(({ value }) => value === 'yes', { toClassOnly: true }) open?: boolean;
  @IsOptional()
  @IsString({ each: true })
  @Transform(({ value }) => String(value).split(','), { toClassOnly: true })
  tags?: string[];
  @IsOptional() @IsInt({ each: true }) @Type(() => Number) ids?: number[];
  @IsOptional() @IsBoolean({ each: true }) @Type(() => Boolean) flags?: boolean[];
  @IsOptional() @IsDate({ each: true }) @Type(() => Date) days?: Date[];
  @IsOptional() @IsDate() @Type(() => Date) since?: Date;
  @IsOptional() @IsInt() @Min(1) @Expose({ name: 'page_size', toClassOnly: true }) pageSize?: number;
  @IsOptional() @IsIn(['name', 'age']) sort?: string;
}

class Client {
  @Expose({ name: 'x-retry', toClassOnly: true }) @IsInt() retry!: number;
}

class Booking {
  @IsInt() @Min(1) seats!: number;
  @IsBoolean() window!: boolean;
  @IsOptional() @IsString({ each: true }) meals?: string[];
  @IsString() @MinLength(3) name!: string;
}

class Guest {
  @Expose({ name: 'given/name' }) @IsString() givenName!: string;
}

const Seats = z.object({ seats: z.coerce.number().int() });

@Controller()
class TextsController {
  @Get('/filter') filter(@Query() filter: Filter) {
    return Object.assign({}, filter);
  }
  @Get('/client') client(@Headers() { retry }: Client) {
    return { retry };
  }
  @Post('/bookings') book(@Body() booking: Booking) {
    return { isBooking: booking instanceof Booking, booking };
  }
  @Post('/seats') seats(@Body(Seats) seats: z.output<typeof Seats>) {
    return seats;
  }
  @Post('/guests') guest(@Body() { givenName }: Guest) {
    return { givenName };
  }
}

describeProviders('texts', { controllers: [TextsController] }, (server) => {
  const errorsOf = async (answer: ReturnType<typeof server.get>): Promise<unknown> =>
    ((await answer).json as { errors: unknown }).errors;

  test('are left to @Transform as they were sent', async () => {
    expect((await server.get('/filter?open=yes&tags=a,b')).json).toEqual({ open: true, tags: ['a', 'b'] });
    expect((await server.get('/filter?open=true&tags=a')).json).toEqual({ open: false, tags: ['a'] });
  });

  test('of a list become what @Type says, each as strictly as one', async () => {
    expect((await server.get('/filter?ids=1&ids=2&flags=true&flags=false&days=2020-02-29')).json).toEqual({
      ids: [1, 2],
      flags: [true, false],
      days: ['2020-02-29T00:00:00.000Z'],
    });
    expect((await server.get('/filter?ids=7')).json).toEqual({ ids: [7] });
    expect(await errorsOf(server.get('/filter?ids=1&ids=&ids=0x10'))).toEqual([
      { path: '/ids/1', in: 'query', code: 'type', params: ['number'], message: 'each value in ids must be a number' },
      { path: '/ids/2', in: 'query', code: 'type', params: ['number'], message: 'each value in ids must be a number' },
    ]);
    expect(await errorsOf(server.get('/filter?flags=no'))).toMatchObject([{ path: '/flags/0', params: ['boolean'] }]);
  });

  test('become dates where @Type says so', async () => {
    expect((await server.get('/filter?since=2020-02-29')).json).toEqual({ since: '2020-02-29T00:00:00.000Z' });
    expect(await errorsOf(server.get('/filter?since=2020-02-30'))).toMatchObject([{ path: '/since', code: 'type' }]);
  });

  test('are converted under the name that @Expose gives them, and refused under it', async () => {
    expect((await server.get('/filter?page_size=5')).json).toEqual({ pageSize: 5 });
    expect((await server.get('/client', { headers: { 'x-retry': '3' } })).json).toEqual({ retry: 3 });
    expect(await errorsOf(server.get('/filter?page_size=x'))).toMatchObject([{ path: '/page_size', code: 'type' }]);
    expect(await errorsOf(server.get('/filter?page_size=0'))).toMatchObject([{ path: '/page_size', code: 'min' }]);
    expect(await errorsOf(server.get('/client'))).toMatchObject([{ path: '/x-retry', in: 'header', code: 'isInt' }]);
  });

  test('that cannot be converted do not hide what else is wrong', async () => {
    expect(await errorsOf(server.get('/filter?page_size=x&sort=height&ids=y'))).toMatchObject([
      { path: '/ids/0', code: 'type' },
      { path: '/page_size', code: 'type' },
      { path: '/sort', code: 'isIn' },
    ]);
  });

  test('of a form become what the class declares', async () => {
    expect((await server.post('/bookings', { form: 'seats=2&window=true&meals=fish&name=Ada+L' })).json).toEqual({
      isBooking: true,
      booking: { seats: 2, window: true, meals: ['fish'], name: 'Ada L' },
    });
    expect(await errorsOf(server.post('/bookings', { form: 'seats=x&window=1&name=A' }))).toEqual([
      { path: '/seats', in: 'body', code: 'type', params: ['number'], message: 'seats must be a number' },
      { path: '/window', in: 'body', code: 'type', params: ['boolean'], message: 'window must be true or false' },
      {
        path: '/name',
        in: 'body',
        code: 'minLength',
        params: [3],
        message: 'name must be longer than or equal to 3 characters',
      },
    ]);
    expect((await server.post('/seats', { form: 'seats=4' })).json).toEqual({ seats: 4 });
  });

  test('of a JSON body mean what they say', async () => {
    const json = { seats: '2', window: 'true', name: 'Ada' };
    expect(await errorsOf(server.post('/bookings', { json }))).toMatchObject([
      { path: '/seats', code: 'min' },
      { path: '/seats', code: 'isInt' },
      { path: '/window', code: 'isBoolean' },
    ]);
  });

  test('are not looked for under the name of the property where they are sent under another', async () => {
    expect(await errorsOf(server.post('/guests', { json: { givenName: 'Ada' } }))).toMatchObject([
      { path: '/given~1name', in: 'body', code: 'isString' },
    ]);
    expect((await server.post('/guests', { json: { 'given/name': 'Ada' } })).json).toEqual({ givenName: 'Ada' });
  });
});
