import { describe, expect, it } from 'vitest';
import { defineModule, type ModuleOptions } from '../../src/container/index.js';
import { boot, Controller, controllerKey } from './fixture.js';

abstract class Provider {
  abstract readonly name: string;
}
class Fast extends Provider {
  readonly name = 'fast';
}
class Plain extends Provider {
  readonly name = 'plain';
}

const loadedWith = async (bind: NonNullable<ModuleOptions['bind']>) => (await boot([defineModule({ bind })])).loaded;

describe('bindings', () => {
  it('lists what was bound and unbound since they were last listed', async () => {
    const loaded = await loadedWith(({ bind }) => {
      bind('first').toConstantValue(1);
    });
    const listed = () => loaded.bindings().map(({ identifier }) => identifier);
    expect(listed()).toEqual(['first']);

    loaded.container.bind('second').toConstantValue(2);
    expect(listed()).toEqual(['first', 'second']);

    loaded.container.unbind('first');
    loaded.container.bind('third').toConstantValue(3);
    expect(listed()).toEqual(['second', 'third']);

    const id = loaded.bindings()[0]?.id;
    loaded.container.rebind('second').toConstantValue(4);
    expect(listed()).toEqual(['third', 'second']);
    expect(loaded.bindings().map((binding) => binding.id)).not.toContain(id);
  });
});

describe('bindingsCarrying', () => {
  @Controller()
  class Orders {}
  class Derived extends Orders {}

  it('finds classes, constants and class identifiers, by base classes too, and an alias not twice', async () => {
    const loaded = await loadedWith(({ bind }) => {
      bind('class').to(Orders);
      bind('alias').toService('class');
      bind('constant').toConstantValue(new Derived());
      bind(Orders).toDynamicValue(() => new Orders());
      bind('other').toConstantValue({});
    });
    const found = loaded.bindingsCarrying(controllerKey);
    expect(found.map(({ identifier, implementation }) => [identifier, implementation])).toEqual([
      ['class', Orders],
      ['constant', Derived],
      [Orders, Orders],
    ]);
  });
});

describe('candidatesFor', () => {
  it('gives an unnamed binding to main alone', async () => {
    const loaded = await loadedWith(({ bind }) => void bind(Provider).to(Fast));
    expect(loaded.candidatesFor(Provider, 'main').map((each) => each.implementation)).toEqual([Fast]);
    expect(loaded.candidatesFor(Provider, 'admin')).toEqual([]);
  });

  it('gives a server the binding of its name, and main that one before an unnamed one', async () => {
    const loaded = await loadedWith(({ bind }) => {
      bind(Provider).to(Fast);
      bind(Provider).to(Plain).whenNamed('admin');
      bind('x').toConstantValue('of main').whenNamed('main');
      bind('x').toConstantValue('of nobody');
    });
    expect(loaded.candidatesFor(Provider, 'main').map((each) => each.implementation)).toEqual([Fast]);
    expect(loaded.candidatesFor(Provider, 'admin').map((each) => each.implementation)).toEqual([Plain]);
    expect(loaded.candidatesFor('x', 'main').map((each) => each.resolve())).toEqual(['of main']);
  });

  it('leaves it to the caller to report two', async () => {
    const loaded = await loadedWith(({ bind }) => {
      bind(Provider).to(Fast);
      bind(Provider).to(Plain).whenDefault();
    });
    expect(loaded.candidatesFor(Provider, 'main')).toHaveLength(2);
  });
});

describe('a binding of the graph', () => {
  it('is resolved alone where its identifier is ambiguous, by every condition', async () => {
    const loaded = await loadedWith(({ bind }) => {
      bind(Provider).to(Fast);
      bind(Provider).to(Plain).whenNamed('admin');
      bind(Provider).toConstantValue({ name: 'default' }).whenDefault();
      bind(Provider).toConstantValue({ name: 'tagged' }).whenTagged('kind', 'x');
      bind(Provider).toConstantValue({ name: 'child' }).whenParentIs('nobody');
    });
    const bindings = loaded.bindingsOf(Provider);
    expect(bindings.map((each) => (each.resolve() as Provider).name)).toEqual([
      'fast',
      'plain',
      'default',
      'tagged',
      'child',
    ]);
    expect(bindings[1]?.resolve()).toBe(bindings[1]?.resolve());
    expect(bindings.map((each) => each.isConditional)).toEqual([false, false, false, false, true]);
  });

  it('leaves requests of users to the container as they were', async () => {
    const loaded = await loadedWith(({ bind }) => {
      bind(Provider).to(Fast).whenDefault();
      bind(Provider).to(Plain).whenNamed('admin');
    });
    expect(loaded.bindings()).toHaveLength(2);
    expect(loaded.container.get(Provider).name).toBe('fast');
    expect(loaded.container.get(Provider, { name: 'admin' }).name).toBe('plain');
  });
});
