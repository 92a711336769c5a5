import 'reflect-metadata';
import { Exclude, Expose, instanceToPlain, Transform, Type } from 'class-transformer';
import { array, assert as holdFor, constant, dictionary, letrec, oneof, property } from 'fast-check';
import { expect, test } from 'vitest';
import type { PlainOf } from '../../src/http/index.js';
import { loadPlainOf } from '../../src/validation/index.js';

class Plain {
  constructor(public held: unknown) {}
}

class Hiding {
  @Exclude() secret = 'secret';
  @Exclude({ toClassOnly: true }) shown = 1;
  constructor(public held: unknown) {}
}

@Exclude()
class Closed {
  @Expose() held: unknown;
  @Expose({ groups: ['admin'] }) secret = 'secret';
  other = 'secret';

  constructor(held: unknown) {
    this.held = held;
  }
}

class Renaming {
  @Expose({ name: 'other' }) held: unknown;
  @Transform(({ value }) => [value, value]) twice: unknown;

  constructor(held: unknown) {
    this.held = held;
    this.twice = held;
  }
}

class Heir extends Hiding {
  own = 1;
}

class Holding {
  @Type(() => Hiding) list: unknown[];
  @Type(() => Number) count = '7';

  constructor(held: unknown) {
    this.list = [held, { secret: 'secret', shown: 2 }];
  }
}

class Kind {
  @Type(() => Plain, { discriminator: { property: 'is', subTypes: [{ name: 'hiding', value: Hiding }] } })
  held: unknown;

  constructor(held: unknown) {
    this.held = new Hiding(held);
  }
}

/** Only what comes in. */
class Incoming {
  @Exclude({ toClassOnly: true }) held: unknown;

  constructor(held: unknown) {
    this.held = held;
  }
}

const classes = [Plain, Hiding, Closed, Renaming, Heir, Holding, Kind, Incoming];

const { value: values } = letrec((tie) => ({
  value: oneof(
    { depthSize: 'medium', withCrossShrink: true },
    constant(1),
    constant('text'),
    constant(null),
    constant(undefined),
    constant(true),
    constant(new Date(0)),
    array(tie('value'), { maxLength: 3 }),
    dictionary(oneof(constant('a'), constant('held'), constant('secret')), tie('value'), { maxKeys: 3 }),
    ...classes.map((type) => tie('value').map((held) => new type(held))),
  ),
}));

const plainOf: PlainOf = (await loadPlainOf()) ?? (() => 'class-transformer is not there');

test('gives what instanceToPlain gives, as far as JSON shows it', () => {
  let changed = 0;
  holdFor(
    property(values, (value) => {
      const before = JSON.stringify(value);
      const ours = JSON.stringify(plainOf(value));
      expect(ours).toBe(JSON.stringify(instanceToPlain(value)));
      if (ours !== before) changed++;
    }),
    { numRuns: 5_000 },
  );
  expect(changed).toBeGreaterThan(1_000);
});

test('gives back the value itself where nothing in it has rules for its way out', () => {
  for (const value of [{ a: [new Plain({ b: new Date(0) })] }, [new Incoming(1)], [[]], new Map(), null])
    expect(plainOf(value)).toBe(value);
});

test('does not change the value, and copies what stands around an instance alone', () => {
  const hiding = new Hiding(1);
  const map = new Map();
  const value = { hiding, map };
  expect(plainOf(value)).toEqual({ hiding: { held: 1, shown: 1 }, map });
  expect((plainOf(value) as typeof value).map).toBe(map);
  expect(value.hiding).toBe(hiding);
  expect(hiding.secret).toBe('secret');
});

test('keeps a member that is called __proto__ a member', () => {
  const value = JSON.parse('{"__proto__":{"a":1}}') as Record<string, unknown>;
  value['hiding'] = new Hiding(1);
  expect(JSON.stringify(plainOf(value))).toBe('{"__proto__":{"a":1},"hiding":{"held":1,"shown":1}}');
});
