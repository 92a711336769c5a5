import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { hasOwnConstructor, parameterName } from '../../src/container/class-source.js';
import { runInThisContext } from 'node:vm';
import type { ClassType } from '../../src/foundation/index.js';

/** Classes as compilers and minifiers leave them, which this file's own compiler would change. */
function classFrom(source: string): ClassType {
  return runInThisContext(`(Base) => ${source}`)(class Base {}) as ClassType;
}

describe('hasOwnConstructor', () => {
  it.each([
    ['class A extends Base {}', false],
    ['class A extends Base { constructor() { super(...arguments); this.x = 1; } }', false],
    ['class A extends Base{constructor(...a){super(...a);this.x=1}}', false],
    ['class A extends Base { constructor() { super(); } }', true],
    ['class A extends Base { constructor(x) { super(x); } }', true],
    ['class A extends Base { constructor(x = 1) { super(x); } }', true],
    ['class A extends Base { constructor(...all) { super(1, ...all); } }', true],
    ['class A extends Base { make() { return new this.constructor(1); } }', false],
    ['class A extends Base { /* constructor() */ text = "; constructor()"; }', false],
  ])('of %s is %s', (source, expected) => {
    expect(hasOwnConstructor(classFrom(source))).toBe(expected);
  });
});

describe('parameterName', () => {
  it.each([
    ['class A { constructor(clock, log) { this.clock = clock; } }', 'log'],
    ['class A{constructor(a,b){}}', 'b'],
    ['class A { constructor(clock, { level }) {} }', undefined],
    ['class A { constructor(clock, make = (x) => x) {} }', undefined],
  ])('of the second one of %s is %s', (source, expected) => {
    expect(parameterName(classFrom(source), 1)).toBe(expected);
  });
});
