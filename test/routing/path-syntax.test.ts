import createRouter from 'find-my-way';
import { array, assert as checkProperty, constantFrom, oneof, property, stringMatching } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  expandOptional,
  joinPaths,
  parameterNames,
  pathProblem,
  pathShape,
  unreachableReason,
} from '../../src/routing/path-syntax.js';

const name = stringMatching(/^[a-z]\w{0,5}$/);
const fixed = stringMatching(/^[a-z0-9_~]{1,6}$/);
const segment = oneof(
  fixed,
  name.map((text) => `:${text}`),
  name.map((text) => `:${text}(\\d+)`),
  name.map((text) => `:${text}([a-z]{2})`),
  name.map((text) => `:${text}.json`),
  name.map((text) => `:${text}(\\d+)px`),
  fixed.map((text) => `a::${text}`),
);

/** Paths in which no name stands twice. */
const path = array(segment, { minLength: 1, maxLength: 4 })
  .map((segments) => `/${segments.join('/')}`)
  .filter((text) => new Set(parameterNames(text)).size === parameterNames(text).length);

function routerTakes(...paths: readonly string[]): boolean {
  const router = createRouter();
  try {
    for (const each of paths) router.on('GET', each, () => undefined);
    return true;
  } catch {
    return false;
  }
}

describe('pathProblem', () => {
  test.each([
    '/',
    '',
    '/a/:id',
    ':id',
    '/a/:id?',
    '/a/:id(\\d+)?',
    '/a/:id(\\d+)',
    '/files/*',
    '/:from-:to',
    '/:name.json',
    '/a::b',
    '/:w(\\d+)px',
    '/:id(a|b)/c',
    '/ü/名',
  ])('finds nothing wrong with %s', (text) => {
    expect(pathProblem(text)).toBeUndefined();
  });

  test.each([
    ['/a?b=c', /'\?' and '#' end a path/],
    ['/a#b', /'\?' and '#' end a path/],
    ['/a/:id?/b', /'\?' and '#' end a path/],
    ['/*/b', /wildcard '\*' has to be the last/],
    ['/a*b', /wildcard '\*' has to be the last/],
    ['/:id(\\d+', /parentheses do not match/],
    ['/:id)', /parentheses do not match/],
    ['/:id/b/:id', /':id' is there twice/],
    ['/:', /needs a name/],
    ['/a:/b', /needs a name/],
    ['/a(b)', /stand right behind its name/],
    ['/:id@home', /the name of a parameter ends at/],
    ['/:a:b', /the name of a parameter ends at/],
    ['/:id([)', /regular expression/i],
    ['/:id((a+)+b)', /not safe/],
  ])('says what is wrong with %s', (text, reason) => {
    expect(pathProblem(text)).toMatch(reason);
  });

  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [7, 'number'],
    [/a/, 'object'],
  ])('takes only strings: %s', (given, shown) => {
    expect(pathProblem(given)).toBe(`a path is a string, not ${shown}`);
  });

  test('lets nothing pass that the router refuses', () => {
    checkProperty(
      property(path, (text) => {
        expect(pathProblem(text)).toBeUndefined();
        expect(routerTakes(text)).toBe(true);
      }),
    );
  });
});

describe('parameterNames', () => {
  test('names the parameters in their order, and a wildcard *', () => {
    expect(parameterNames('/a/:id/:order(\\d+)/:from-:to/*')).toEqual(['id', 'order', 'from', 'to', '*']);
  });

  test('does not take what stands behind a regular expression for a part of the name', () => {
    expect(parameterNames('/:width(\\d+)px')).toEqual(['width']);
  });

  test('takes nothing inside a regular expression and no doubled colon for a parameter', () => {
    expect(parameterNames('/:id(a:b|c\\):d)/x::y')).toEqual(['id']);
  });

  test('agrees with the router', () => {
    checkProperty(
      property(path, (text) => {
        const router = createRouter();
        router.on('GET', text, () => undefined);
        expect(parameterNames(text)).toEqual(router.findRoute('GET', text)?.params ?? 'not found');
      }),
    );
  });
});

describe('pathShape', () => {
  test('leaves the names of parameters out', () => {
    expect(pathShape('/users/:id/orders/:order')).toBe(pathShape('/users/:user/orders/:o'));
  });

  test('tells a parameter with a regular expression from one without', () => {
    expect(pathShape('/:id(\\d+)')).not.toBe(pathShape('/:id'));
  });

  test('does not tell two regular expressions apart, as the router does not', () => {
    expect(pathShape('/:id(\\d+)')).toBe(pathShape('/:name([a-z]+)'));
    expect(routerTakes('/:id(\\d+)', '/:name([a-z]+)')).toBe(false);
  });

  test('is the same for exactly those paths that the router cannot hold side by side', () => {
    checkProperty(
      property(path, path, (first, second) => {
        expect(pathShape(first) === pathShape(second)).toBe(!routerTakes(first, second));
      }),
      { numRuns: 500 },
    );
  });
});

describe('joinPaths', () => {
  test.each([
    [['/a', '/b'], '/a/b'],
    [['a', 'b/'], '/a/b'],
    [['/', '/'], '/'],
    [[], '/'],
    [['', '', '/a/'], '/a'],
    [['/a/', '/b/', ''], '/a/b'],
  ])('joins %j to %s', (parts, joined) => {
    expect(joinPaths(...parts)).toBe(joined);
  });

  test('begins with one slash, has none at the end and no empty segment', () => {
    const part = array(oneof(fixed, constantFrom('')), { maxLength: 2 }).map((segments) =>
      segments.filter((text) => text !== '').join('/'),
    );
    const slashed = part.chain((text) =>
      constantFrom(text, `/${text}`, text === '' ? '' : `${text}/`, text === '' ? '/' : `/${text}/`),
    );
    checkProperty(
      property(array(slashed, { maxLength: 4 }), (parts) => {
        const joined = joinPaths(...parts);
        expect(joined).toMatch(/^\/(?:[^/]+(?:\/[^/]+)*)?$/);
        expect(joinPaths(joined)).toBe(joined);
      }),
    );
  });

  test('gives the same whether parts are joined at once or one after another', () => {
    checkProperty(
      property(fixed, fixed, fixed, (a, b, c) => {
        expect(joinPaths(joinPaths(a, b), c)).toBe(joinPaths(a, b, c));
      }),
    );
  });
});

describe('expandOptional', () => {
  test.each([
    ['/a/:id?', ['/a', '/a/:id']],
    ['/:id?', ['/', '/:id']],
    ['/a/:id(\\d+/?)?', ['/a', '/a/:id(\\d+/?)']],
    ['/a/:id', ['/a/:id']],
  ])('makes %s %j', (text, expected) => {
    expect(expandOptional(text)).toEqual(expected);
  });
});

describe('unreachableReason', () => {
  test.each([
    ['/a%20b', /paths are decoded/],
    ['/a/../b', /dot segments/],
    ['/./b', /dot segments/],
    ['/a\nb', /control characters/],
  ])('says why no request has the path %j', (text, reason) => {
    expect(unreachableReason(text)).toMatch(reason);
  });

  test.each(['/a', '/100%', '/.well-known/x', '/a..b', '/:id(%20|\\.\\./)'])('finds %s reachable', (text) => {
    expect(unreachableReason(text)).toBeUndefined();
  });
});
