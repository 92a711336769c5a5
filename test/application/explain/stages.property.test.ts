import {
  Controller,
  createApplication,
  defineModule,
  exceptionFilter,
  Get,
  GlobalFilter,
  GlobalGuard,
  GlobalInterceptor,
  GlobalMiddleware,
  GlobalPipe,
  guard,
  Injectable,
  interceptor,
  middleware,
  Order,
  Param,
  pipe,
  Query,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UseMiddleware,
  UsePipes,
  type ServiceIdentifier,
  type StageKind,
} from 'bowline';
import fc from 'fast-check';
import { expect, it } from 'vitest';

type Level = 'global' | 'server' | 'base' | 'controller' | 'route' | 'first parameter' | 'second parameter' | 'use()';
type Form = 'function' | 'instance' | 'class' | 'request-scoped class' | 'transient class' | 'configured';

/** One stage, wherever it is put. */
interface Wanted {
  readonly kind: StageKind;
  readonly level: Level;
  readonly form: Form;
  readonly order: number;
  readonly isAsync: boolean;
}

const kinds: readonly StageKind[] = ['middleware', 'guard', 'interceptor', 'pipe', 'filter'];

const wanted: fc.Arbitrary<readonly Wanted[]> = fc.array(
  fc
    .record({
      kind: fc.constantFrom(...kinds),
      level: fc.constantFrom<Level>('global', 'server', 'base', 'controller', 'route', 'use()'),
      form: fc.constantFrom<Form>(
        'function',
        'instance',
        'class',
        'request-scoped class',
        'transient class',
        'configured',
      ),
      order: fc.integer({ min: -1, max: 1 }),
      isAsync: fc.boolean(),
      parameter: fc.constantFrom<Level | undefined>('first parameter', 'second parameter', undefined),
    })
    .map(({ parameter, ...stage }): Wanted => {
      // Only pipes stand on one parameter, and only middleware is used by the application itself.
      if (stage.kind === 'pipe' && parameter !== undefined) return { ...stage, level: parameter };
      return stage.level === 'use()' && stage.kind !== 'middleware' ? { ...stage, level: 'route' } : stage;
    }),
  { maxLength: 14 },
);

/** What a stage of each kind does, besides telling that it was there. */
const work: Readonly<Record<StageKind, (first: unknown, second: unknown) => unknown>> = {
  middleware: (_ctx, next) => (next as () => unknown)(),
  guard: () => true,
  interceptor: (_ctx, next) => (next as () => unknown)(),
  pipe: (value) => value,
  filter: () => undefined,
};
const methods: Readonly<Record<StageKind, string>> = {
  middleware: 'use',
  guard: 'canActivate',
  interceptor: 'intercept',
  pipe: 'transform',
  filter: 'catch',
};
const factories = { middleware, guard, interceptor, pipe, filter: exceptionFilter } as unknown as Readonly<
  Record<StageKind, (needs: readonly [], make: () => (name: string) => unknown) => (name: string) => unknown>
>;
const decorators = {
  middleware: UseMiddleware,
  guard: UseGuards,
  interceptor: UseInterceptors,
  pipe: UsePipes,
  filter: UseFilters,
} as unknown as Readonly<Record<StageKind, (use: unknown) => ClassDecorator & MethodDecorator>>;
const globals = {
  middleware: GlobalMiddleware,
  guard: GlobalGuard,
  interceptor: GlobalInterceptor,
  pipe: GlobalPipe,
  filter: GlobalFilter,
} as unknown as Readonly<Record<StageKind, ServiceIdentifier>>;

function named<T extends object>(thing: T, name: string): T {
  return Object.defineProperty(thing, 'name', { value: name });
}

/** The stage as it is handed to a decorator, and as it would be bound. */
function make({ kind, form, order, isAsync }: Wanted, name: string, trace: string[]): unknown {
  const run = (first: unknown, second: unknown): unknown => {
    trace.push(name);
    return isAsync ? Promise.resolve().then(() => work[kind](first, second)) : work[kind](first, second);
  };
  if (form === 'function')
    return Object.assign(
      named((a: unknown, b: unknown) => run(a, b), name),
      { order },
    );
  if (form === 'configured') return factories[kind]([], () => () => (a: unknown, b: unknown) => run(a, b))(name);
  const type = named(
    class {
      [methods[kind]](first: unknown, second: unknown): unknown {
        return run(first, second);
      }
    },
    name,
  );
  Order(order)(type);
  if (form === 'request-scoped class') Injectable({ scope: 'request' })(type);
  else if (form === 'transient class') Injectable({ scope: 'transient' })(type);
  else Injectable()(type);
  return form === 'instance' ? new type() : type;
}

async function applicationOf(stages: readonly Wanted[], trace: string[]) {
  const made = stages.map((stage, index) => {
    // What a factory makes has no identifier of its own to be bound by.
    const isBound = stage.level === 'global' || stage.level === 'server';
    const form = isBound && stage.form === 'configured' ? 'class' : stage.form;
    return { ...stage, use: make({ ...stage, form }, `s${index}`, trace) };
  });
  const on = (level: Level) => made.filter((stage) => stage.level === level);

  class Base {
    get(): unknown {
      trace.push('handler');
      return { ok: true };
    }

    fail(): unknown {
      trace.push('handler');
      throw new TypeError('as it was asked to');
    }
  }
  class Shop extends Base {}
  for (const { kind, use } of on('base')) decorators[kind](use)(Base);
  for (const { kind, use } of on('controller')) decorators[kind](use)(Shop);
  const prototype = Base.prototype;
  for (const method of ['get', 'fail'] as const) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, method) as PropertyDescriptor;
    Get(`/${method}/:id`)(prototype, method, descriptor as never);
    for (const { kind, use } of on('route')) decorators[kind](use)(prototype, method, descriptor);
    const pipes = (level: Level) => on(level).map(({ use }) => use) as never[];
    (Param('id', { type: String, pipe: pipes('first parameter') }) as ParameterDecorator)(prototype, method, 0);
    (Query('q', { type: String, pipe: pipes('second parameter') }) as ParameterDecorator)(prototype, method, 1);
  }
  Controller('/shop')(Shop);
  const app = await createApplication({
    logger: { level: 'silent' },
    signals: false,
    modules: [
      defineModule({
        name: 'shop',
        controllers: [Shop],
        bind: ({ bind }) => {
          for (const { kind, level, use, form } of [...on('global'), ...on('server')]) {
            const to = bind(globals[kind]);
            const isValue = form === 'function' || form === 'instance';
            const bound = isValue ? to.toConstantValue(use) : to.to(use as never);
            if (level === 'server') bound.whenNamed('main');
          }
        },
      }),
    ],
  });
  return app.use(...(on('use()').map(({ use }) => use) as never[]));
}

const stageLine = /^ +(middleware|guard|interceptor|pipe|handler|filter) +(\S+)/gm;

/** The names of the stages as they are printed. */
function printed(text: string): readonly string[] {
  return [...text.matchAll(stageLine)].map(([, kind = '', name = '']) =>
    kind === 'handler' ? kind : (/s\d+/.exec(name)?.[0] ?? name),
  );
}

it('prints the stages of a route as a request passes them', async () => {
  await fc.assert(
    fc.asyncProperty(wanted, async (stages) => {
      const trace: string[] = [];
      const app = await applicationOf(stages, trace);
      try {
        await app.start();
        for (const path of ['get', 'fail']) {
          trace.length = 0;
          await app.inject({ method: 'GET', url: `/shop/${path}/1?q=2` });
          const all = printed(app.explain(`GET /shop/${path}/:id`));
          const isFilter = (name: string) => stages[Number(name.slice(1))]?.kind === 'filter';
          expect(trace).toEqual(path === 'fail' ? all : all.filter((name) => !isFilter(name)));
        }
      } finally {
        await app.close();
      }
    }),
    { numRuns: 150 },
  );
});

it('prints the stages around what no route answers as a request passes them', async () => {
  await fc.assert(
    fc.asyncProperty(wanted, async (stages) => {
      const trace: string[] = [];
      const app = await applicationOf(stages, trace);
      try {
        await app.start();
        await app.inject({ method: 'GET', url: '/nothing' });
        const names = app.explain().servers[0]?.stages.map(({ name }) => /s\d+/.exec(name)?.[0]);
        expect(trace).toEqual(names);
      } finally {
        await app.close();
      }
    }),
    { numRuns: 50 },
  );
});
