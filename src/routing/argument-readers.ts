import { Readable } from 'node:stream';
import { BadRequestError, type HttpContext, type ParameterSource } from '../http/index.js';
import { failuresOf, type TextConverter, type Validator } from '../validation/index.js';
import type { ArgumentReader } from './run-stages.js';
import type { ParameterFactory, ParameterOptions } from './metadata.js';
import { missingValue, unfitValue, type ValuePlace } from './refuse-value.js';

type Raw = string | readonly string[] | undefined;

/** Reads and converts one named value. What does not fit is a 400 that says where it stood and what was expected. */
export function namedReader(
  source: ParameterSource,
  name: string,
  options: ParameterOptions,
  converter: TextConverter,
): ArgumentReader {
  const raw = rawReader(source, name);
  const place = { source, name };
  const { default: fallback, required = false } = options;
  if (options.array === true) return listReader(raw, place, converter, required, fallback);
  if (converter.type === 'string' && converter.expected === 'a string' && !required && fallback === undefined)
    return (ctx) => last(raw(ctx));
  return (ctx) => {
    const text = last(raw(ctx));
    if (text === undefined) {
      if (required) throw missingValue(place);
      return fallback;
    }
    const value = converter.convert(text);
    if (value === undefined) throw unfitValue(place, converter, text);
    return value;
  };
}

function listReader(
  raw: (ctx: HttpContext) => Raw,
  place: ValuePlace,
  converter: TextConverter,
  required: boolean,
  fallback: unknown,
): ArgumentReader {
  return (ctx) => {
    const given = raw(ctx);
    if (given === undefined) {
      if (required) throw missingValue(place);
      return fallback;
    }
    return (typeof given === 'string' ? [given] : given).map((text) => {
      const value = converter.convert(text);
      if (value === undefined) throw unfitValue(place, converter, text);
      return value;
    });
  };
}

function rawReader(source: ParameterSource, name: string): (ctx: HttpContext) => Raw {
  switch (source) {
    case 'param':
      return (ctx) => ctx.params[name];
    case 'query':
      return (ctx) => ctx.query[name];
    case 'header': {
      const lower = name.toLowerCase();
      // Node's record of headers is an ordinary object, whose prototype has a 'constructor'.
      if (lower in Object.prototype)
        return (ctx) => (Object.hasOwn(ctx.headers, lower) ? ctx.headers[lower] : undefined);
      return (ctx) => ctx.headers[lower];
    }
    default:
      return (ctx) => ctx.cookies.get(name);
  }
}

function last(raw: Raw): string | undefined {
  return typeof raw === 'object' ? raw.at(-1) : raw;
}

/** Reads the whole of a source, validated where there is something to validate it by. */
export function wholeReader(source: 'param' | 'query' | 'header', validator: Validator | undefined): ArgumentReader {
  const read = {
    param: (ctx: HttpContext) => ctx.params,
    query: (ctx: HttpContext) => ctx.query,
    header: (ctx: HttpContext) => ctx.headers,
  }[source];
  // The parsers' records have no prototype, which foreign validators do not expect.
  return validator === undefined ? read : (ctx) => validator({ ...read(ctx) }, ctx);
}

/** Hands over the body as it comes: as a stream of Node or of the Web. */
export function streamReader(form: 'node' | 'web'): ArgumentReader {
  return form === 'node' ? (ctx) => ctx.stream() : (ctx) => Readable.toWeb(ctx.stream());
}

/** What bodies are validated by. */
export interface BodyValidators {
  readonly json: Validator;
  /** For forms, whose values are texts. */
  readonly form: Validator;
  /** Whether to ask it of a request without a body as well: a schema may take that, or have a default for it. */
  readonly mayTakeNothing: boolean;
}

/** Validates the body, which has been read. One that is validated has to be there, unless a schema says that it may lack. */
export function bodyReader(validators: BodyValidators | undefined): ArgumentReader {
  if (validators === undefined) return (_ctx, _scope, body) => body;
  const { json, form, mayTakeNothing } = validators;
  return (ctx, _scope, body) => {
    if (body === undefined) {
      if (!mayTakeNothing) throw noBody();
      return validateNothing(json, ctx);
    }
    if (!isForm.test(ctx.headers['content-type'] ?? '')) return json(body, ctx);
    // A record without a prototype is not what foreign validators expect.
    return form(typeof body === 'object' && !Array.isArray(body) ? { ...body } : body, ctx);
  };
}

/** What the schema makes of nothing. Its own words about a missing value would be about another thing than the client did. */
function validateNothing(validate: Validator, ctx: HttpContext): unknown {
  try {
    const made = validate(undefined, ctx);
    return made instanceof Promise ? made.catch(refuseNothing) : made;
  } catch (error) {
    return refuseNothing(error);
  }
}

function refuseNothing(error: unknown): never {
  throw failuresOf(error) === undefined ? error : noBody();
}

function noBody(): BadRequestError {
  return new BadRequestError('The request has no body, and one is required.');
}

/** What is neither has been refused by now. */
const isForm = /^\s*application\/x-www-form-urlencoded/i;

/** Reads what is not a value of the client's. */
export function sourceReader(source: ParameterSource, factory: ParameterFactory | undefined): ArgumentReader {
  if (factory !== undefined) return factory;
  switch (source) {
    case 'ip':
      return (ctx) => ctx.ip;
    case 'request':
      return (ctx) => ctx.native.request as unknown;
    case 'response':
      return (ctx) => ctx.native.response as unknown;
    case 'signal':
      return (ctx) => ctx.signal;
    default:
      return (ctx) => ctx;
  }
}
