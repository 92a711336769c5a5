import { STATUS_CODES } from 'node:http';
import { describe, expect, test } from 'vitest';
import * as bowline from '../../src/entries/bowline.js';
import { HttpError, isHttpError, nestFormat, NotFoundError, problemFormat } from '../../src/http/index.js';
import { encodeLocation } from '../../src/http/http-context.js';

type ErrorClass = new (message?: string, options?: object) => HttpError;

const named = Object.entries(bowline as Readonly<Record<string, unknown>>)
  .filter(
    ([, value]) => typeof value === 'function' && (value as { prototype?: unknown }).prototype instanceof HttpError,
  )
  .map(([name, value]) => [name, value as ErrorClass] as const);

/** Which RFC 9110 has changed. */
const newTitles: Readonly<Record<number, string>> = { 413: 'Content Too Large', 422: 'Unprocessable Content' };

describe('HttpError', () => {
  test('has a class for each error status of the registry', () => {
    const registered = Object.keys(STATUS_CODES)
      .map(Number)
      .filter((status) => status >= 400 && status !== 509);
    const statuses = named.map(([, Type]) => new Type().status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual(registered);
  });

  test.each(named)('%s carries its name, message, cause, headers and details', (name, Type) => {
    const error = new Type('What happened.', { cause: 'why', headers: { 'x-a': '1' }, details: { more: true } });
    expect(error).toMatchObject({
      name,
      message: 'What happened.',
      cause: 'why',
      headers: { 'x-a': '1' },
      details: { more: true },
    });
    expect(error).toBeInstanceOf(HttpError);
    expect(new Type().message).toBe(newTitles[error.status] ?? STATUS_CODES[error.status]);
  });

  test.each([399, 600, 200, 404.5, Number.NaN])('refuses the status %s', (status) => {
    expect(() => new HttpError(status)).toThrow(RangeError);
  });

  test('is recognised across copies of the package and not by its looks', () => {
    const foreign = Object.assign(new Error('x'), { status: 404, [Symbol.for('bowline:http-error')]: true });
    expect(isHttpError(new NotFoundError())).toBe(true);
    expect(isHttpError(foreign)).toBe(true);
    expect(isHttpError(Object.assign(new Error('x'), { status: 404 }))).toBe(false);
    expect(isHttpError(undefined)).toBe(false);
    expect(isHttpError('404')).toBe(false);
  });
});

describe('problemFormat', () => {
  test('never lets details stand in place of the standard members', () => {
    const error = new NotFoundError('Gone.', { details: { title: 'x', status: 1, detail: 'y', id: 7 } });
    expect(JSON.parse(problemFormat.format(error, { server: 'main' }).body)).toEqual({
      title: 'Not Found',
      status: 404,
      detail: 'Gone.',
      id: 7,
    });
  });
});

describe('nestFormat', () => {
  test('gives a list of messages where a body was refused', () => {
    const errors = [{ message: 'a must be b' }, {}];
    const { body } = nestFormat.format(new HttpError(400, 'Refused.', { details: { errors } }), { server: 'main' });
    expect(JSON.parse(body)).toEqual({ statusCode: 400, error: 'Bad Request', message: ['a must be b', 'Refused.'] });
  });

  test('names what failed, and where it stood', () => {
    const errors = [
      { path: '/a', code: 'required', message: "the query value 'a' is required" },
      { path: '/sku', code: 'isString', message: 'sku must be a string' },
      { path: '/lines/0/sku', code: 'isString', message: 'sku must be a string' },
      { path: '/lines/0/sku', code: 'schema', message: 'expected a string' },
      { path: '/a~1b~0c/~01', code: 'schema', message: 'expected a string' },
      { path: '', code: 'schema', message: 'expected an object' },
      { path: ['own'], message: 'of another form' },
      { path: '/avatar', in: 'file', code: 'required', message: 'is required' },
    ];
    const { body } = nestFormat.format(new HttpError(400, 'Refused.', { details: { errors } }), { server: 'main' });
    expect((JSON.parse(body) as { message: unknown }).message).toEqual([
      "the query value 'a' is required",
      'sku must be a string',
      'lines.0.sku must be a string',
      'lines.0.sku: expected a string',
      'a/b~c.~1: expected a string',
      'expected an object',
      'of another form',
      'Refused.',
    ]);
  });
});

describe('encodeLocation', () => {
  test.each([
    ['/a?b=c#d', '/a?b=c#d'],
    ['/ü b', '/%C3%BC%20b'],
    ['/%C3%BC', '/%C3%BC'],
    ['/a\r\nb', '/a%0D%0Ab'],
    ['/\ud800', '/%EF%BF%BD'],
    ['https://example.com/é', 'https://example.com/%C3%A9'],
  ])('makes %j %s', (location, encoded) => {
    expect(encodeLocation(location)).toBe(encoded);
  });
});
