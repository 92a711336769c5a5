/** What is made in a request scope, in which order and how often, for random graphs of services. */
import {
  createApplication,
  defineModule,
  Inject,
  Injectable,
  PostConstruct,
  type Application,
  type InjectableOptions,
  type Newable,
} from 'bowline';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';

const flavours = ['plain', 'property', 'post-construct', 'activation', 'dynamic', 'disposable'] as const;

type Scope = NonNullable<InjectableOptions['scope']>;

interface Wanted {
  readonly scope: Scope;
  readonly flavour: (typeof flavours)[number];
  /** Those that it asks for are among the ones before it: how far before. */
  readonly asks: readonly number[];
}

const wanted: fc.Arbitrary<readonly Wanted[]> = fc.array(
  fc.record({
    scope: fc.constantFrom<Scope>('request', 'request', 'transient', 'singleton'),
    // Most are such as are made without going through a plan.
    flavour: fc.oneof({ weight: 2, arbitrary: fc.constant('plain' as const) }, fc.constantFrom(...flavours)),
    asks: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 9 },
);

/** A service of its own for each wish, which writes down what it was made with. */
function servicesOf(graph: readonly Wanted[], made: string[]) {
  const types: Newable<unknown>[] = [];
  const asked: number[][] = [];
  graph.forEach(({ scope, flavour, asks }, index) => {
    // A singleton that held what is made for each request would be refused.
    const below = asks.map((step) => index - step).filter((each) => each >= 0);
    const own = scope === 'singleton' ? below.filter((each) => graph[each]?.scope === 'singleton') : below;
    asked.push(own);
    class Service {
      readonly parts: readonly unknown[];
      declare readonly late: unknown;

      constructor(...parts: readonly unknown[]) {
        this.parts = parts;
        made.push(`${index}(${parts.map(indexOf).join()})`);
      }

      readonly index = index;
    }
    const [first, ...rest] = own;
    const isProperty = flavour === 'property' && first !== undefined;
    (isProperty ? rest : own).forEach((each, place) =>
      Inject(types[each] as Newable<unknown>)(Service, undefined, place),
    );
    if (isProperty) Inject(types[first] as Newable<unknown>)(Service.prototype, 'late');
    if (flavour === 'post-construct') {
      const descriptor = { value: () => made.push(`ready ${index}`), configurable: true };
      Object.defineProperty(Service.prototype, 'ready', descriptor);
      PostConstruct()(Service.prototype, 'ready', descriptor);
    }
    if (flavour === 'disposable')
      Object.defineProperty(Service.prototype, Symbol.dispose, { value: () => made.push(`gone ${index}`) });
    Injectable({ scope })(Service);
    types.push(Service);
  });
  return { types, asked };
}

function indexOf(service: unknown): number {
  return (service as { readonly index: number }).index;
}

async function boot(
  graph: readonly Wanted[],
  types: readonly Newable<unknown>[],
  made: string[],
): Promise<Application> {
  return createApplication({
    modules: [
      defineModule({
        bind: ({ bind }) => {
          graph.forEach(({ scope, flavour }, index) => {
            const type = types[index] as Newable<unknown>;
            const to = flavour === 'dynamic' ? bind(type).toDynamicValue(() => new type()) : bind(type).toSelf();
            const when =
              to[
                scope === 'singleton' ? 'inSingletonScope' : scope === 'request' ? 'inRequestScope' : 'inTransientScope'
              ]();
            if (flavour !== 'activation') return;
            when.onActivation((_context, service) => {
              made.push(`active ${index}`);
              return service;
            });
          });
        },
      }),
    ],
    signals: false,
    logger: { level: 'silent' },
  });
}

/** What Inversify promises, in the plainest words. */
class Model {
  readonly lines: string[] = [];
  readonly singletons = new Set<number>();

  constructor(
    readonly graph: readonly Wanted[],
    readonly asked: readonly (readonly number[])[],
  ) {}

  /** Asks for some in one scope, and ends it. */
  scope(roots: readonly number[]): void {
    const there = new Set<number>();
    const kept: number[] = [];
    for (const root of roots) this.#make(root, there, kept);
    this.lines.push(...kept.toReversed().map((each) => `gone ${each}`));
  }

  #make(index: number, there: Set<number>, kept: number[]): void {
    const { scope, flavour } = this.graph[index] as Wanted;
    const known = scope === 'singleton' ? this.singletons : there;
    if (scope !== 'transient' && known.has(index)) return;
    const asked = flavour === 'dynamic' ? [] : (this.asked[index] ?? []);
    const isProperty = flavour === 'property' && asked.length > 0;
    const parameters = isProperty ? asked.slice(1) : asked;
    for (const each of parameters) this.#make(each, there, kept);
    this.lines.push(`${index}(${parameters.join()})`);
    if (isProperty) this.#make(asked[0] as number, there, kept);
    if (flavour === 'post-construct') this.lines.push(`ready ${index}`);
    if (flavour === 'activation') this.lines.push(`active ${index}`);
    if (flavour === 'disposable' && scope !== 'singleton') kept.push(index);
    if (scope !== 'transient') known.add(index);
  }
}

it('every graph is made in the order of its parameters, once in each scope, and disposed of in reverse', async () => {
  const roots = fc.array(fc.nat({ max: 8 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(wanted, roots, roots, async (graph, ...calls) => {
      const made: string[] = [];
      const { types, asked } = servicesOf(graph, made);
      const app = await boot(graph, types, made);
      try {
        await app.start();
        made.length = 0;
        const model = new Model(graph, asked);
        graph.forEach(({ scope }, index) => scope === 'singleton' && model.singletons.add(index));
        // Twice: the first call of each root may be made in another way than later ones.
        for (const call of [...calls, ...calls]) {
          const known = call.map((root) => root % graph.length);
          await app.runInRequestScope((services) => {
            for (const root of known) services.get(types[root] as Newable<unknown>);
          });
          model.scope(known);
        }
        expect(made).toEqual(model.lines);
      } finally {
        await app.close();
      }
    }),
    { numRuns: 150 },
  );
}, 60_000);

it('more services than a short list holds are shared in a scope', async () => {
  const made: string[] = [];
  const graph: Wanted[] = Array.from({ length: 60 }, () => ({ scope: 'request', flavour: 'plain', asks: [1] }));
  const { types } = servicesOf(graph, made);
  const app = await boot(graph, types, made);
  onTestFinished(() => app.close());
  await app.start();
  await app.runInRequestScope((services) => {
    for (const type of types) services.get(type);
    for (const type of types) services.get(type);
  });
  expect(made).toEqual(graph.map((_wanted, index) => `${index}(${index === 0 ? '' : index - 1})`));
});

it('what is bound anew, or gets an activation, after the start is made in the new way', async () => {
  const made: string[] = [];
  const plain: Omit<Wanted, 'scope'> = { flavour: 'plain', asks: [1] };
  const graph: Wanted[] = (['singleton', 'request', 'request'] as const).map((scope) => ({ scope, ...plain }));
  const { types } = servicesOf(graph, made);
  const [single, , root] = types as [Newable<unknown>, Newable<unknown>, Newable<unknown>];
  const app = await boot(graph, types, made);
  onTestFinished(() => app.close());
  await app.start();
  const lines = async (): Promise<readonly string[]> => {
    made.length = 0;
    await app.runInRequestScope((services) => services.get(root));
    return [...made];
  };
  await lines();
  expect(await lines()).toEqual(['1(0)', '2(1)']);
  app.container.onActivation(types[1] as Newable<unknown>, (_context, service) => {
    made.push('active 1');
    return service;
  });
  expect(await lines()).toEqual(['1(0)', 'active 1', '2(1)']);
  app.container.rebind(single).toConstantValue({ index: 7 });
  expect(await lines()).toEqual(['1(7)', 'active 1', '2(1)']);
});
