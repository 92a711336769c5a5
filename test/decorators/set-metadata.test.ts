import { describe, expect, test } from 'vitest';
import { applyDecorators, Controller, Get, Header, Reflector, SetMetadata } from '../../src/decorators/index.js';
import { misuseKey, ownMetadata } from '../../src/foundation/index.js';
import { methodKey } from '../../src/routing/index.js';

const Roles = Reflector.createDecorator<readonly string[]>();
const Other = Reflector.createDecorator<string>();
const reflector = new Reflector();

@SetMetadata('name', 'base')
@Roles(['base'])
class Base {
  @Roles(['base method'])
  shared(): void {}

  @Roles(['base only'])
  baseOnly(): void {}
}

@Roles(['derived'])
class Derived extends Base {
  @Roles(['derived method'])
  override shared(): void {}

  plain(): void {}
}

describe('Reflector', () => {
  test('reads the value of the method, else of its class, else of the nearest base', () => {
    expect(reflector.get(Roles, { controller: Derived, method: 'shared' })).toEqual(['derived method']);
    expect(reflector.get(Roles, { controller: Derived, method: 'baseOnly' })).toEqual(['base only']);
    expect(reflector.get(Roles, { controller: Derived, method: 'plain' })).toEqual(['derived']);
    expect(reflector.get('name', { controller: Derived, method: 'plain' })).toBe('base');
    expect(reflector.get(Roles, Derived)).toEqual(['derived']);
  });

  test('reads all values, nearest first', () => {
    expect(reflector.getAll(Roles, { controller: Derived, method: 'shared' })).toEqual([
      ['derived method'],
      ['base method'],
      ['derived'],
      ['base'],
    ]);
  });

  test('finds nothing under another key or without a target', () => {
    expect(reflector.get(Other, Derived)).toBeUndefined();
    expect(reflector.get(Roles, undefined)).toBeUndefined();
    expect(reflector.getAll('missing', Derived)).toEqual([]);
  });

  test('leaves a base class alone', () => {
    expect(reflector.get(Roles, Base)).toEqual(['base']);
    expect(reflector.get(Roles, { controller: Base, method: 'shared' })).toEqual(['base method']);
  });
});

describe('applyDecorators', () => {
  test('applies decorators in the order in which they would be written', () => {
    class Written {
      @Header('x', '1')
      @Header('x', '2')
      @Get('/a')
      a(): void {}

      @applyDecorators(Header('x', '1'), Header('x', '2'), Get('/a'))
      b(): void {}
    }
    const [first, second] = ['a', 'b'].map((name) =>
      ownMetadata(methodKey, Written).filter(({ property }) => property === name),
    );
    expect(second?.map((entry) => ({ ...entry, property: 'a' }))).toEqual(first);
  });
});

describe('a decorator in the wrong place', () => {
  test('is recorded, and the file loads', () => {
    class Wrong {
      @(Get() as PropertyDecorator)
      field = 1;

      @(Get as unknown as MethodDecorator)
      withoutCall(): void {}
    }
    (Controller as unknown as (target: unknown) => void)(Wrong);
    expect(ownMetadata(misuseKey, Wrong).map(({ decorator, where }) => `${decorator} on ${where}`)).toEqual([
      '@Get on Wrong.field',
      '@Get on Wrong.withoutCall',
      '@Controller on Wrong',
    ]);
    expect(ownMetadata(methodKey, Wrong)).toEqual([]);
  });
});
