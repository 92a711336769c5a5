import type { BodySpec, ClassSpec, PropertySpec } from './arbitrary-classes.js';
import { ruleSamples } from './rule-samples.js';

const hostile: readonly string[] = [
  'null',
  '{}',
  '[]',
  '[[]]',
  '[null]',
  '[{}]',
  '""',
  '"__proto__"',
  '0',
  '-0',
  '1e400',
  '"1"',
  '"true"',
  'true',
  '"2024-01-01"',
  '{"__proto__":{"a":1}}',
  '{"constructor":{"prototype":{"a":1}}}',
  '{"constructor":1}',
  '{"then":1}',
  '{"toString":1}',
  '{"length":2}',
  '{"valueOf":null,"toString":null}',
  '[1,"a",null,{"a":[{}]}]',
  '{"a":{"b":{"c":[]}}}',
  `${'['.repeat(80)}${']'.repeat(80)}`,
  `${'{"a":'.repeat(80)}1${'}'.repeat(80)}`,
  '"\\ud800"',
  '"\\ufe0f"',
  '{"0":1}',
  '{"alpha":1}',
];

const unknownKeys = [
  'extra',
  '__proto__',
  'constructor',
  'toString',
  'method',
  'getter',
  'setter',
  'hasOwnProperty',
  'alpha',
  'beta',
  'exposed',
  'then',
];

const mapKeys = ['alpha', 'beta', 'alpha_other', 'size', 'get', 'constructor', '__proto__', 'toString', '0', 'then'];

/** The text of a body, since only a text can have every key. */
export function writeBody(type: ClassSpec, { kind, choices }: BodySpec): string {
  const writer = new BodyWriter(choices);
  const limit = kind === 'nearly valid' ? 1 : kind === 'hostile' ? 4 : 0;
  if (kind === 'hostile' && writer.choose(25) === 0) return writer.oneOf(hostile);
  writer.damage = limit;
  return writer.object(type, 0);
}

class BodyWriter {
  /** How many values may still be spoiled. */
  damage = 0;
  readonly #choices: readonly number[];
  #next = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  choose(count: number): number {
    const index = this.#next++;
    return ((this.#choices[index % this.#choices.length] ?? 0) + Math.floor(index / this.#choices.length) * 7) % count;
  }

  oneOf<T>(list: readonly T[]): T {
    return list[this.choose(list.length)] as T;
  }

  object(type: ClassSpec, depth: number): string {
    const members = [...(type.base ?? []), ...type.properties].flatMap((property) => this.#member(property, depth));
    if (type.oddity === 'holds itself' && depth < 3 && this.choose(2) === 0)
      members.push(`"self":${this.object(type, depth + 1)}`);
    if (this.choose(4) === 0 || (this.damage > 0 && this.choose(3) === 0))
      members.push(`${JSON.stringify(this.oneOf(unknownKeys))}:${this.oneOf(hostile)}`);
    if (this.choose(5) === 0) members.reverse();
    return `{${members.join(',')}}`;
  }

  #member(property: PropertySpec, depth: number): string[] {
    const isOptional = property.condition.startsWith('optional') || property.initial !== 'none';
    if (isOptional && this.choose(3) === 0) return [];
    const value = this.#value(property, depth);
    if (value === undefined) return [];
    const other = property.exposed === 'other name' && this.choose(8) !== 0;
    return [`${JSON.stringify(other ? `${property.name}_other` : property.name)}:${value}`];
  }

  #value(property: PropertySpec, depth: number): string | undefined {
    if (this.damage > 0 && this.choose(2) === 0) {
      this.damage--;
      if (this.choose(4) === 0) return undefined;
      if (this.choose(2) === 0) return this.oneOf(hostile);
      return toJson(this.#sample(property, 'near'));
    }
    const { nested, declared } = property;
    if (nested !== undefined) {
      const isMap = declared === 'map' && this.choose(8) !== 0;
      const isList =
        !isMap &&
        (declared === 'list' ||
          (declared === 'set' && this.choose(8) !== 0) ||
          (declared !== 'itself' && this.choose(2) === 0));
      if (!isList && !isMap) return this.object(nested, depth + 1);
      const length = this.choose(depth > 1 ? 2 : 4);
      if (isMap) return this.#map(length, () => this.object(nested, depth + 1));
      return `[${Array.from({ length }, () => this.object(nested, depth + 1)).join(',')}]`;
    }
    if (property.type === 'date')
      return this.oneOf(['"2024-01-01"', '0', '1700000000000', '"no date"', 'null', '["2024-01-01"]']);
    if (property.type === 'number' && this.choose(2) === 0)
      return this.oneOf(['"5"', '"0"', '" 7 "', '"x"', 'true', '["1","2"]']);
    const isEach = property.rules[0]?.each === true;
    if (declared === 'map' && property.type !== 'none' && this.choose(6) !== 0)
      return this.#map(this.choose(4), () => toJson(this.#sample(property, 'good')));
    if (!isEach || this.choose(6) === 0) return toJson(this.#sample(property, 'good'));
    return toJson(Array.from({ length: this.choose(4) }, () => this.#sample(property, 'good')));
  }

  #map(length: number, write: () => string): string {
    return `{${Array.from({ length }, () => `${JSON.stringify(this.#mapKey())}:${write()}`).join(',')}}`;
  }

  /** Some are the names of properties of what is held, some those of methods of a map. */
  #mapKey(): string {
    return this.choose(3) === 0 ? this.oneOf(mapKeys) : this.oneOf(['one', 'two', 'three/~']);
  }

  #sample({ rules }: PropertySpec, kind: 'good' | 'near'): unknown {
    const sample = ruleSamples[rules[0]?.sample ?? 0];
    const values = sample === undefined ? [] : sample[kind].length === 0 ? sample.near : sample[kind];
    return values.length === 0 ? 'a' : this.oneOf(values);
  }
}

function toJson(value: unknown): string {
  return Object.is(value, -0) ? '-0' : JSON.stringify(value);
}
