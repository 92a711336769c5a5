import { describe, expect, test } from 'vitest';
import { BadRequestError, reply, type HttpContext } from '../../src/http/index.js';
import { compileRoute, type ControllerSource } from '../../src/routing/index.js';
import { createTestContext } from '../../src/tools/testing/index.js';

class Controller {
  readonly name = 'controller';

  echo(...args: readonly unknown[]): unknown {
    return { on: this.name, args };
  }

  async later(...args: readonly unknown[]): Promise<unknown> {
    await Promise.resolve();
    return { on: this.name, args };
  }

  fails(): never {
    throw new Error('broken');
  }
}

const instance: ControllerSource = { kind: 'instance', instance: new Controller() };
const reader = (value: unknown) => () => value;
const readers = (count: number, asynchronous: boolean) =>
  Array.from({ length: count }, (_, index) => reader(asynchronous && index % 2 === 0 ? Promise.resolve(index) : index));

function compile(parts: Partial<Parameters<typeof compileRoute>[0]>) {
  return compileRoute({
    method: 'echo',
    controller: instance,
    readers: [],
    asynchronous: false,
    body: undefined,
    write: reply,
    ...parts,
  });
}

const answerOf = (ctx: ReturnType<typeof createTestContext>): unknown => JSON.parse(String(ctx.sent?.body));

describe('compileRoute', () => {
  test.each([0, 1, 2, 3, 4, 7])('calls the method on its controller with %i arguments', async (count) => {
    for (const asynchronous of [false, true]) {
      const ctx = createTestContext();
      await compile({ readers: readers(count, asynchronous), asynchronous })(ctx);
      expect(answerOf(ctx)).toEqual({ on: 'controller', args: Array.from({ length: count }, (_, index) => index) });
    }
  });

  test('answers a synchronous handler synchronously', () => {
    const ctx = createTestContext();
    expect(compile({ readers: readers(2, false) })(ctx)).toBeUndefined();
    expect(ctx.sent?.status).toBe(200);
  });

  test('answers a synchronous handler of a controller that is built for each request synchronously', () => {
    const ctx = createTestContext();
    const built: Controller[] = [];
    const resolve = () => {
      built.push(new Controller());
      return built.at(-1) as Controller;
    };
    const run = compile({ controller: { kind: 'each', resolve }, readers: readers(1, false) });
    expect(run(ctx)).toBeUndefined();
    expect(answerOf(ctx)).toEqual({ on: 'controller', args: [0] });
    void run(createTestContext());
    expect(built).toHaveLength(2);
  });

  test('waits for a controller, for arguments and for the handler', async () => {
    const ctx = createTestContext();
    const resolve = () => Promise.resolve(new Controller());
    await compile({
      controller: { kind: 'each', resolve },
      method: 'later',
      readers: readers(3, true),
      asynchronous: true,
    })(ctx);
    expect(answerOf(ctx)).toEqual({ on: 'controller', args: [0, 1, 2] });
  });

  test.each<[string, Partial<Parameters<typeof compileRoute>[0]>]>([
    ['the handler', { method: 'fails' }],
    [
      'a reader',
      {
        readers: [
          () => {
            throw new Error('broken');
          },
        ],
      },
    ],
    ['a reader that takes its time', { readers: [() => Promise.reject(new Error('broken'))], asynchronous: true }],
    [
      'the controller',
      {
        controller: {
          kind: 'each',
          resolve: () => {
            throw new Error('broken');
          },
        },
      },
    ],
    [
      'the controller that takes its time',
      { controller: { kind: 'each', resolve: () => Promise.reject(new Error('broken')) } },
    ],
    [
      'the answer',
      {
        write: () => {
          throw new Error('broken');
        },
      },
    ],
  ])('answers with a 500 and never rejects where %s fails', async (_what, parts) => {
    const ctx = createTestContext();
    await compile(parts)(ctx);
    expect(ctx.sent?.status).toBe(500);
  });

  test('reads one argument after the other, and none after one that was refused', async () => {
    const read: number[] = [];
    const reads = (index: number, refused: boolean) => async () => {
      await Promise.resolve();
      read.push(index);
      if (refused) throw new BadRequestError(`argument ${index}`);
    };
    const ctx = createTestContext();
    await compile({ readers: [reads(0, false), reads(1, true), reads(2, true)], asynchronous: true })(ctx);
    expect(read).toEqual([0, 1]);
    expect(answerOf(ctx)).toMatchObject({ status: 400, detail: 'argument 1' });
  });

  test('does not call a handler whose arguments were refused', async () => {
    let calls = 0;
    const source: ControllerSource = { kind: 'instance', instance: { echo: () => ++calls } };
    const refuse = (_ctx: HttpContext) => Promise.reject(new Error('refused'));
    await compile({ controller: source, readers: [reader(1), refuse], asynchronous: true })(createTestContext());
    expect(calls).toBe(0);
  });
});
