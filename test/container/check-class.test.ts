import { inject, injectable, injectFromBase, named, postConstruct, preDestroy, unmanaged } from 'inversify';
import { describe, expect, it } from 'vitest';
import { defineModule } from '../../src/container/index.js';
import type { ClassType } from '../../src/foundation/index.js';
import { boot, Controller, Injectable, InjectFromBase } from './fixture.js';

class Clock {}
interface Shape {
  readonly sides: number;
}

/** As a compiler leaves a class that writes no types. */
function withoutTypes(type: ClassType): void {
  Reflect.deleteMetadata('design:paramtypes', type);
}

/** As a compiler leaves a class where it could not write the type. */
function withTypes(type: ClassType, types: readonly unknown[]): void {
  Reflect.defineMetadata('design:paramtypes', types, type);
}

async function problemsOf(...services: ClassType[]): Promise<readonly string[]> {
  return (await boot([defineModule({ name: 'orders', services: [...services, Clock] })])).problems;
}

describe('a class with constructor parameters', () => {
  it('needs a decorator', async () => {
    class Plain {
      constructor(
        readonly clock: Clock,
        readonly other: Clock,
      ) {}
    }
    expect(await problemsOf(Plain)).toEqual([
      'Plain, bound in orders, has 2 constructor parameters and no decorator, so nobody knows what to inject. Put @Injectable() on it. [BOW_UNDECORATED_CLASS]',
    ]);
  });

  it('is found by its metadata although it cannot be built', async () => {
    @Controller()
    class Broken {
      constructor(readonly shape: Shape) {}
    }
    const { binding } = await boot([defineModule({ controllers: [Broken] })]);
    expect(binding(Broken)).toMatchObject({ kind: 'class', implementation: Broken });
  });

  it('may do without where everything is told by @Inject', async () => {
    class Told {
      constructor(@inject(Clock) readonly clock: Clock) {}
    }
    @Injectable()
    class ToldToo {
      constructor(@inject(Clock) readonly clock: Clock) {}
    }
    withoutTypes(Told);
    withoutTypes(ToldToo);
    expect(await problemsOf(Told, ToldToo)).toEqual([]);
  });

  it('needs types from the compiler or @Inject', async () => {
    @Injectable()
    class Bare {
      constructor(readonly clock: Clock) {}
    }
    @Injectable()
    class Half {
      constructor(
        readonly clock: Clock,
        @inject(Clock) readonly other: Clock,
      ) {}
    }
    withoutTypes(Bare);
    withoutTypes(Half);
    const mend =
      'Turn on "experimentalDecorators" and "emitDecoratorMetadata" in tsconfig.json, or put @Inject(Type) on each parameter. [BOW_NO_METADATA]';
    expect(await problemsOf(Bare, Half)).toEqual([
      `The compiler wrote no types for the constructor of Bare. ${mend}`,
      `The compiler wrote no types for the constructor of Half. ${mend}`,
    ]);
  });

  it('may have a default for what cannot be injected', async () => {
    @Injectable()
    class WithDefault {
      constructor(
        readonly clock: Clock,
        readonly retries = 3,
      ) {}
    }
    @Injectable()
    class Unmanaged {
      constructor(@unmanaged() readonly retries: number) {}
    }
    expect(await problemsOf(WithDefault, Unmanaged)).toEqual([]);
  });

  it('names what is injected by a name beside its type', async () => {
    @Injectable()
    class Named {
      constructor(@named('utc') readonly clock: Clock) {}
    }
    const utc = new Clock();
    const { problems, loaded } = await boot([
      defineModule({ services: [Named], bind: ({ bind }) => bind(Clock).toConstantValue(utc).whenNamed('utc') }),
    ]);
    expect(problems).toEqual([]);
    expect(loaded.container.get(Named).clock).toBe(utc);
  });
});

describe('a type that was lost', () => {
  const lost = (which: string, emitted: string, mend: string): string =>
    `The type of constructor parameter ${which} of Shop was lost (the compiler wrote ${emitted}). ${mend} [BOW_CONSTRUCTOR_TYPE_LOST]`;
  const asClass =
    'If it is a class, import it with "import { X }" instead of "import type { X }", alone and not as a union; if it is an interface, write @Inject(token), or make it an abstract class.';

  it('to an interface or a type import is told with what to write', async () => {
    @Injectable()
    class Shop {
      constructor(
        readonly clock: Clock,
        readonly shape: Shape,
        readonly make: () => void,
      ) {}
    }
    expect(await problemsOf(Shop)).toEqual([
      lost('2 (shape)', 'Object', asClass),
      lost('3 (make)', 'Function', asClass),
    ]);
  });

  it('to a circular import is told as one', async () => {
    @Injectable()
    class Shop {
      constructor(readonly clock: Clock) {}
    }
    withTypes(Shop, [undefined]);
    expect(await problemsOf(Shop)).toEqual([
      lost(
        '1 (clock)',
        'undefined',
        'Its file and this one import each other: move what both need into a third file, or write @Inject(new LazyServiceIdentifier(() => Type)).',
      ),
    ]);
  });

  it('to a circular import is told as one beside an @Inject and on a property too', async () => {
    const absent = undefined as never;
    @Injectable()
    class Shop {
      @inject(absent) readonly zone?: unknown;
      constructor(@inject(absent) readonly clock: Clock) {}
    }
    const mend =
      'Its file and this one import each other: move what both need into a third file, or write @Inject(new LazyServiceIdentifier(() => Type)).';
    expect(await problemsOf(Shop)).toEqual([
      lost('1 (clock)', 'undefined', mend),
      lost('1 (clock)', 'undefined', mend).replace('constructor parameter 1 (clock)', 'the property zone'),
    ]);
  });

  it('to an array or a plain value is told with the decorator for it', async () => {
    @Injectable()
    class Shop {
      constructor(
        readonly clocks: Clock[],
        readonly currency: string,
      ) {}
    }
    expect(await problemsOf(Shop)).toEqual([
      lost(
        '1 (clocks)',
        'Array',
        'Write @MultiInject(Type) to take every binding of a type, or @Inject(token) to take one that is an array.',
      ),
      lost(
        '2 (currency)',
        'String',
        'A plain value has no type to be found by: write @Inject(token), and bind the token with toConstantValue.',
      ),
    ]);
  });
});

describe('a subclass', () => {
  @Injectable()
  class Base {
    @inject('zone') readonly zone?: string;
    constructor(readonly clock: Clock) {}
    @postConstruct() start(): void {}
    @preDestroy() stop(): void {}
  }
  const zone = defineModule({ bind: ({ bind }) => bind('zone').toConstantValue('UTC'), services: [Clock] });
  const text =
    'Derived extends Base, but does not inherit what was decorated there (its constructor parameter, the property zone, @PostConstruct start, @PreDestroy stop). Put @InjectFromBase() on Derived. [BOW_LOST_INJECTIONS]';

  it('without @InjectFromBase loses what its base has injected', async () => {
    @Injectable()
    class Derived extends Base {}
    class Fields extends Base {
      readonly initialised = new Map();
    }
    const { problems } = await boot([zone, defineModule({ services: [Derived, Fields] })]);
    expect(problems).toEqual([text, text.replaceAll('Derived', 'Fields')]);
  });

  it('with a constructor of its own loses only the rest', async () => {
    @Injectable()
    class Derived extends Base {
      constructor() {
        super(new Clock());
      }
    }
    const { problems } = await boot([zone, defineModule({ services: [Derived] })]);
    expect(problems).toEqual([text.replace('its constructor parameter, ', '')]);
  });

  it('is told of by the class that breaks the line', async () => {
    class Derived extends Base {}
    @InjectFromBase()
    class Last extends Derived {}
    const { problems } = await boot([zone, defineModule({ services: [Last] })]);
    expect(problems).toEqual([text]);
  });

  it('with our @InjectFromBase or that of Inversify inherits, decorators in any order', async () => {
    @Injectable()
    @InjectFromBase()
    class Ours extends Base {}
    @InjectFromBase()
    @Injectable()
    class Reversed extends Ours {}
    @injectable()
    class InversifyBase {
      constructor(readonly clock: Clock) {}
    }
    @injectable()
    @injectFromBase()
    class Theirs extends InversifyBase {}
    const { problems, loaded } = await boot([zone, defineModule({ services: [Reversed, Theirs] })]);
    expect(problems).toEqual([]);
    expect(loaded.container.get(Reversed)).toMatchObject({ clock: expect.any(Clock), zone: 'UTC' });
    expect(loaded.container.get(Theirs).clock).toBeInstanceOf(Clock);
  });

  it('of a class without injections needs nothing', async () => {
    class Derived extends Clock {}
    expect(await problemsOf(Derived)).toEqual([]);
  });
});

describe('two copies', () => {
  it('of this package are told by a class that another one decorated', async () => {
    class Foreign {}
    Reflect.defineMetadata(Symbol.for('bowline:injectable'), { copy: {}, entries: [{}] }, Foreign);
    expect(await problemsOf(Foreign)).toEqual([
      'Two copies of bowline are loaded (Foreign was decorated by another one), and what one writes the other does not see. Run "npm ls bowline" and keep one version; a linked package needs it as a peer dependency. [BOW_TWO_COPIES]',
    ]);
  });

  it('of reflect-metadata are told where types went to the other one', async () => {
    @Injectable()
    class Shop {
      constructor(readonly clock: Clock) {}
    }
    withoutTypes(Shop);
    const { defineMetadata } = Reflect;
    // A second copy of before 0.2 keeps what it is given to itself.
    Reflect.defineMetadata = (() => {}) as typeof defineMetadata;
    const problems = await problemsOf(Shop).finally(() => {
      Reflect.defineMetadata = defineMetadata;
    });
    expect(problems).toEqual([
      'Two copies of reflect-metadata are loaded (what was written about Shop went to another one), and what one writes the other does not see. Run "npm ls reflect-metadata" and keep one version; a linked package needs it as a peer dependency. [BOW_TWO_COPIES]',
    ]);
  });
});
