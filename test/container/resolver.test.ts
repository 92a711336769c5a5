import { describe, expect, it } from 'vitest';
import {
  buildSingletons,
  defineModule,
  resolverOf,
  type ModuleOptions,
  type RequestScope,
  type Resolver,
} from '../../src/container/index.js';
import { boot, Injectable } from './fixture.js';

class Clock {}

@Injectable({ scope: 'request' })
class Page {
  constructor(readonly clock: Clock) {}
}

async function resolverFor(identifier: unknown, options: ModuleOptions): Promise<Resolver> {
  const { loaded, report, binding } = await boot([defineModule(options)]);
  await buildSingletons(loaded, report);
  report.throwIfAny();
  return resolverOf(binding(identifier));
}

function each(resolver: Resolver): () => unknown {
  if (resolver.kind !== 'each') throw new Error('there is one instance only');
  return () => resolver.resolve(undefined as unknown as RequestScope);
}

describe('resolverOf', () => {
  it('holds the instance of a singleton, a constant and what an alias leads to', async () => {
    const value = {};
    const bind: ModuleOptions['bind'] = (load) => {
      load.bind('constant').toConstantValue(value);
      load.bind('alias').toService('constant');
    };
    expect(await resolverFor(Clock, { services: [Clock] })).toEqual({ kind: 'instance', instance: expect.any(Clock) });
    expect(await resolverFor('constant', { bind })).toEqual({ kind: 'instance', instance: value });
    expect(await resolverFor('alias', { bind })).toEqual({ kind: 'instance', instance: value });
  });

  it('makes a new instance per call at once where nothing is asynchronous', async () => {
    const resolve = each(await resolverFor(Page, { services: [Page, Clock] }));
    const [first, second] = [resolve(), resolve()];
    expect(first).toBeInstanceOf(Page);
    expect(first).not.toBe(second);
    expect((first as Page).clock).toBe((second as Page).clock);
  });

  it('stays synchronous behind a singleton that was asynchronous while it was made', async () => {
    const resolve = each(
      await resolverFor(Page, {
        services: [Page],
        bind: ({ bind }) => bind(Clock).toDynamicValue(async () => new Clock()),
      }),
    );
    expect(resolve()).toBeInstanceOf(Page);
  });

  it('answers with a promise where an async function takes part', async () => {
    const resolve = each(
      await resolverFor(Page, {
        services: [Page],
        bind: ({ bind }) =>
          void bind(Clock)
            .toDynamicValue(async () => new Clock())
            .inRequestScope(),
      }),
    );
    const answer = resolve();
    expect(answer).toBeInstanceOf(Promise);
    expect(await answer).toBeInstanceOf(Page);
  });

  it('answers with a promise where a plain function returns one, and makes nothing twice', async () => {
    let calls = 0;
    const make = (): Promise<Clock> => {
      calls += 1;
      return Promise.resolve(new Clock());
    };
    const resolve = each(
      await resolverFor(Page, {
        services: [Page],
        bind: ({ bind }) => bind(Clock).toDynamicValue(make).inRequestScope(),
      }),
    );
    expect(await resolve()).toBeInstanceOf(Page);
    expect(calls).toBe(1);
  });

  it('rejects to its caller and nowhere else where something asynchronous fails', async () => {
    const refused = new Error('connect ECONNREFUSED');
    const resolve = each(
      await resolverFor(Page, {
        services: [Page],
        bind: ({ bind }) =>
          void bind(Clock)
            .toDynamicValue(() => Promise.reject(refused))
            .inRequestScope(),
      }),
    );
    await expect(resolve()).rejects.toBe(refused);
  });

  it('shares what is request-scoped within one call', async () => {
    @Injectable({ scope: 'request' })
    class User {}
    @Injectable({ scope: 'request' })
    class Both {
      constructor(
        readonly left: User,
        readonly right: User,
      ) {}
    }
    const resolve = each(await resolverFor(Both, { services: [Both, User] }));
    const first = resolve() as Both;
    expect(first.left).toBe(first.right);
    expect((resolve() as Both).left).not.toBe(first.left);
  });

  it('lets through what a constructor throws', async () => {
    @Injectable({ scope: 'transient' })
    class Fails {
      constructor() {
        throw new RangeError('too late');
      }
    }
    expect(each(await resolverFor(Fails, { services: [Fails] }))).toThrow(new RangeError('too late'));
  });
});
