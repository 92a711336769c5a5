import { type } from 'arktype';
import { Body, Controller, Get, HttpCode, Post, Query, Returns } from 'bowline';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeProviders } from './harness/describe-providers.js';

const Zod = z.object({
  name: z.string().min(2),
  count: z.string().transform(Number).pipe(z.int()),
  'a/b': z.array(z.object({ c: z.number() })).default([]),
});
const Valibot = v.object({
  name: v.pipe(v.string(), v.minLength(2)),
  count: v.pipe(v.string(), v.transform(Number), v.integer()),
  'a/b': v.optional(v.array(v.object({ c: v.number() })), []),
});
const Ark = type({
  name: 'string > 1',
  count: 'string.integer.parse',
  'a/b': type({ c: 'number' })
    .array()
    .default(() => []),
});

const LateZod = z
  .object({ name: z.string() })
  .refine(async ({ name }) => (await later(name)) !== 'taken', { path: ['name'] });
const LateValibot = v.objectAsync({
  name: v.pipeAsync(
    v.string(),
    v.checkAsync(async (name) => (await later(name)) !== 'taken'),
  ),
});

function later<T>(value: T): Promise<T> {
  return new Promise((resolve) => {
    setImmediate(resolve, value);
  });
}

@Controller('/zod')
class ZodController {
  @Post() create(@Body(Zod) made: z.output<typeof Zod>) {
    return made;
  }
  @Get() find(@Query(Zod) made: z.output<typeof Zod>) {
    return made;
  }
  @Post('/late') late(@Body(LateZod) made: z.output<typeof LateZod>) {
    return made;
  }
  @Post('/answer') @HttpCode(200) @Returns(z.object({ name: z.string() })) answer(
    @Body(Zod) made: z.output<typeof Zod>,
  ) {
    return made;
  }
}

@Controller('/valibot')
class ValibotController {
  @Post() create(@Body(Valibot) made: v.InferOutput<typeof Valibot>) {
    return made;
  }
  @Get() find(@Query(Valibot) made: v.InferOutput<typeof Valibot>) {
    return made;
  }
  @Post('/late') late(@Body(LateValibot) made: v.InferOutput<typeof LateValibot>) {
    return made;
  }
  @Post('/answer') @HttpCode(200) @Returns(v.object({ name: v.string() })) answer(
    @Body(Valibot) made: v.InferOutput<typeof Valibot>,
  ) {
    return made;
  }
}

@Controller('/arktype')
class ArkController {
  @Post() create(@Body(Ark) made: typeof Ark.infer) {
    return made;
  }
  @Get() find(@Query(Ark) made: typeof Ark.infer) {
    return made;
  }
  @Post('/answer') @HttpCode(200) @Returns(type({ '+': 'delete', name: 'string' })) answer(
    @Body(Ark) made: typeof Ark.infer,
  ) {
    return made;
  }
}

const controllers = [ZodController, ValibotController, ArkController];

describeProviders('schemas', { controllers }, (server) => {
  const failuresOf = async (answer: ReturnType<typeof server.get>): Promise<unknown> => {
    const { status, json } = await answer;
    const { errors } = json as { errors: { path: string; in: string; code: string; message: unknown }[] };
    expect(errors.every(({ message }) => typeof message === 'string' && message !== '')).toBe(true);
    return [status, errors.map(({ path, in: place, code }) => `${place} ${path} ${code}`)];
  };

  for (const library of ['zod', 'valibot', 'arktype']) {
    test(`of ${library} make of a body what the handler gets`, async () => {
      const json = { name: 'Ada', count: '5' };
      expect((await server.post(`/${library}`, { json })).json).toEqual({ name: 'Ada', count: 5, 'a/b': [] });
    });

    test(`of ${library} refuse with the place of each failure`, async () => {
      const json = { name: 'A', count: 'many', 'a/b': [{ c: 1 }, { c: 'x' }] };
      expect(await failuresOf(server.post(`/${library}`, { json }))).toEqual([
        400,
        expect.arrayContaining(['body /name schema', 'body /count schema', 'body /a~1b/1/c schema']),
      ]);
      expect(await failuresOf(server.get(`/${library}?name=A&count=5`))).toEqual([400, ['query /name schema']]);
    });

    test(`of ${library} refuse a whole body under an empty path`, async () => {
      expect(await failuresOf(server.post(`/${library}`, { json: null }))).toEqual([400, ['body  schema']]);
    });

    test(`of ${library} say what is sent`, async () => {
      const json = { name: 'Ada', count: '5' };
      expect((await server.post(`/${library}/answer`, { json })).json).toEqual({ name: 'Ada' });
    });
  }

  for (const library of ['zod', 'valibot']) {
    test(`of ${library} are waited for where they are asynchronous`, async () => {
      expect((await server.post(`/${library}/late`, { json: { name: 'free' } })).json).toEqual({ name: 'free' });
      expect(await failuresOf(server.post(`/${library}/late`, { json: { name: 'taken' } }))).toEqual([
        400,
        ['body /name schema'],
      ]);
    });
  }
});
