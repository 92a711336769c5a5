import type { Readable } from 'node:stream';
import type { PolicyRegistry } from 'bowline';
import { HttpClient, type AnswerBody } from 'bowline/client';
import { pipeline, retry } from 'bowline/resilience';
import { expectTypeOf } from 'vitest';
import * as z from 'zod';

class Item {
  sku!: string;
}

const client = new HttpClient({ baseUrl: 'http://stock', pipeline: pipeline(retry()) });
const schema = z.object({ at: z.coerce.date() });

expectTypeOf(client.get('/')).resolves.toBeUnknown();
expectTypeOf(client.get('/', { as: 'json' })).resolves.toBeUnknown();
expectTypeOf(client.get('/', { as: 'text' })).resolves.toBeString();
expectTypeOf(client.get('/', { as: 'bytes' })).resolves.toEqualTypeOf<Uint8Array>();
expectTypeOf(client.get('/', { as: 'stream' })).resolves.toEqualTypeOf<Readable>();
expectTypeOf(client.post('/', { as: Item, body: {} })).resolves.toEqualTypeOf<Item>();
expectTypeOf(client.put('/', { as: [Item] })).resolves.toEqualTypeOf<Item[]>();
expectTypeOf(client.patch('/', { as: schema })).resolves.toEqualTypeOf<{ at: Date }>();
expectTypeOf<AnswerBody<typeof Item>>().toEqualTypeOf<Item>();

// That of a registry, of which nobody knows at compile time what it gives.
void ((policies: PolicyRegistry) => new HttpClient({ baseUrl: 'http://stock', pipeline: policies.get('stock') }));
// @ts-expect-error: a GET has no body
void client.get('/', { body: {} });
// @ts-expect-error: there is no such form
void client.get('/', { as: 'xml' });
// @ts-expect-error: an object has no place in a query string
void client.get('/', { query: { where: { sku: 'rope' } } });
