import { Exclude, Expose, Transform, Type } from 'class-transformer';
import { Controller, Get, Returns } from 'bowline';
import { IsInt, IsString } from 'class-validator';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeProviders } from './harness/describe-providers.js';

class Place {
  @IsString() street!: string;
}

class Order {
  @Expose({ name: 'number' }) @IsInt() id!: number;
  @Exclude() secret!: string;
  @Type(() => Place) @Expose() place!: Place;
  @Expose() @Transform(({ value }) => `${String(value)} EUR`) total!: number;
}

const row = { id: 'seven', secret: 'x', place: { street: 1, secret: 'x' }, total: 12, hash: 'x' };
const sent = { number: 'seven', place: { street: 1 }, total: '12 EUR' };

@Controller('/misfits')
class MisfitController {
  @Get('/one')
  @Returns(Order)
  one(): Order {
    return row as unknown as Order;
  }

  @Get('/list')
  @Returns(Order)
  list(): Order {
    return [row, null] as unknown as Order;
  }

  @Get('/text')
  @Returns([Order])
  text(): Order[] {
    return 'a text' as unknown as Order[];
  }

  @Get('/schema')
  @Returns(z.object({ id: z.number() }))
  schema() {
    return { id: 'seven', secret: 'x' } as unknown as { id: number };
  }
}

describeProviders(
  'misfits that are logged',
  { controllers: [MisfitController], responses: { misfits: 'log' } },
  (server) => {
    test('are sent with what their class names, and nothing else', async () => {
      expect((await server.get('/misfits/one')).json).toEqual(sent);
      expect((await server.get('/misfits/list')).json).toEqual([sent, null]);
      expect((await server.get('/misfits/text')).json).toBe('a text');
      expect(server.log.rest()).toHaveLength(3);
    });

    test('are in the log with their place', async () => {
      await server.get('/misfits/one');
      expect(server.log.rest()).toEqual([
        expect.objectContaining({
          level: 'warn',
          message:
            "MisfitController.one returns what its @Returns does not promise: /number is 'seven', and should be a number.",
          fields: expect.objectContaining({
            route: '/misfits/one',
            error: expect.objectContaining({ code: 'BOW_RESPONSE_MISFIT' }),
          }),
        }),
      ]);
    });

    test('are refused where a schema makes nothing of them', async () => {
      const { status, text } = await server.get('/misfits/schema');
      expect([status, text.includes('seven')]).toEqual([500, false]);
      expect(server.log.rest()[0]?.fields['error']).toMatchObject({ code: 'BOW_RESPONSE_MISFIT' });
    });
  },
);

describeProviders(
  'misfits that are ignored',
  { controllers: [MisfitController], responses: { misfits: 'ignore' } },
  (server) => {
    test('are sent without a word', async () => {
      expect((await server.get('/misfits/one')).json).toEqual(sent);
      expect(server.log.rest()).toEqual([]);
    });
  },
);
