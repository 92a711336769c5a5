import { expect, it } from 'vitest';
import { hiddenReason, mayHideValues, reasonWithoutJson } from '../../src/http/without-json.js';

it.each([
  [{ orders: [{ total: 1 }, { total: 2n }] }, 'its orders[1].total is a bigint'],
  [[1n], 'its [0] is a bigint'],
  [{ at: { toJSON: () => 3n } }, 'its at is a bigint'],
  [{ deep: { toJSON: () => ({ inner: 3n }) } }, 'its deep.inner is a bigint'],
])('names the bigint in %o', (value, clause) => {
  expect(reasonWithoutJson(value)).toBe(`${clause}, which has no JSON form; return it as text, or as a number`);
});

it('names where a circle closes', () => {
  const snake: Record<string, unknown> = { name: 'snake' };
  snake['tail'] = snake;
  expect(reasonWithoutJson(snake)).toBe('its tail leads back to the whole of it, and JSON has no circles');
  const child: Record<string, unknown> = {};
  child['parents'] = [child];
  expect(reasonWithoutJson({ child })).toBe('its child.parents[0] leads back to its child, and JSON has no circles');
});

it('takes the same object in two places for no circle', () => {
  const shared = { a: 1 };
  expect(reasonWithoutJson({ one: shared, two: shared })).toBeUndefined();
});

it('gives up on what is larger than anybody reads', () => {
  let deep: unknown = 1n;
  for (let depth = 0; depth < 5_000; depth++) deep = { deep };
  expect(reasonWithoutJson(deep)).toBeUndefined();
});

it.each([
  [{ map: new Map() }, true],
  [[{ deep: [new Set()] }], true],
  [{ later: { toJSON: () => ({ inner: /x/ }) } }, true],
  [{ failed: new Error('x') }, true],
  [{ empty: {}, list: [], text: '{}' }, false],
  [{ at: new Date(0), own: new (class Own {})() }, false],
])('tells whether %o has something that becomes {} without being empty', (value, hides) => {
  expect(mayHideValues(JSON.stringify(value))).toBe(true);
  expect(hiddenReason(value) !== undefined).toBe(hides);
});
