import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { BootReport, isClass, nameOf, reasonOf, type ClassType } from '../../foundation/index.js';
import {
  ClassValidation,
  failuresOf,
  isStandardSchema,
  schemaValidator,
  type Validator,
} from '../../validation/index.js';
import { HttpClientError, type RequestName } from './http-client-error.js';

/**
 * What the body of an answer is to become.
 * - a class with rules of class-validator, or a list of one: instances that were validated; properties without a rule are left out
 * - a Standard Schema, as those of zod: what it makes of the JSON
 * - `json`: what the JSON says, undefined for an empty body
 * - `text`, `bytes`: as it came
 * - `stream`: piece by piece; read it to its end, or destroy it
 */
export type AnswerType =
  | 'json'
  | 'text'
  | 'bytes'
  | 'stream'
  | StandardSchemaV1
  | ClassType<object>
  | readonly [ClassType<object>];

/** What a body has become by its {@link AnswerType}; unknown where none was said. */
export type AnswerBody<A> = A extends 'text'
  ? string
  : A extends 'bytes'
    ? Uint8Array
    : A extends 'stream'
      ? Readable
      : A extends StandardSchemaV1
        ? StandardSchemaV1.InferOutput<A>
        : A extends ClassType<infer Instance>
          ? Instance
          : A extends readonly [ClassType<infer Instance>]
            ? Instance[]
            : unknown;

/** A body whose bytes are all there, and what is known of it. */
export interface WholeBody {
  readonly name: RequestName;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** How one kind of body is asked for and read. */
export interface AnswerReader {
  readonly accept: string;
  readonly read: (body: WholeBody) => unknown;
}

const json: AnswerReader = { accept: 'application/json', read: parseJson };
const text: AnswerReader = { accept: '*/*', read: decodeText };
const bytes: AnswerReader = { accept: '*/*', read: ({ bytes: body }) => new Uint8Array(body) };
const byType: AnswerReader = { accept: 'application/json, */*;q=0.9', read: readByType };

/** The readers of one client; those of classes are compiled when they are needed first. */
export class AnswerReaders {
  /** By what they are for, which may be written anew for each call: it is let go of with it. */
  readonly #checked = new WeakMap<WeakKey, AnswerReader>();

  /** Undefined for a stream, which nobody reads here. */
  of(type: AnswerType | undefined, name: RequestName): AnswerReader | undefined {
    switch (type) {
      case undefined:
        return byType;
      case 'json':
        return json;
      case 'text':
        return text;
      case 'bytes':
        return bytes;
      case 'stream':
        return undefined;
      default:
        return this.#checkedReader(type, name);
    }
  }

  #checkedReader(type: Exclude<AnswerType, string>, name: RequestName): AnswerReader {
    // A list is written anew for each call, so its class is what it is known by.
    const [element] = Array.isArray(type) ? (type as readonly unknown[]) : [];
    const key = element === undefined ? type : listKeyOf(element);
    const known = isWeakKey(key) ? this.#checked.get(key) : undefined;
    if (known !== undefined) return known;
    const reader = makeChecked(type, name);
    if (isWeakKey(key)) this.#checked.set(key, reader);
    return reader;
  }
}

/** Anything else is a mistake, which {@link makeChecked} names. */
function isWeakKey(key: unknown): key is WeakKey {
  return (typeof key === 'object' && key !== null) || typeof key === 'function';
}

const listKeys = new WeakMap<object, object>();

function listKeyOf(element: unknown): unknown {
  if (typeof element !== 'function') return undefined;
  const key = listKeys.get(element) ?? {};
  listKeys.set(element, key);
  return key;
}

function makeChecked(type: Exclude<AnswerType, string>, name: RequestName): AnswerReader {
  if (isStandardSchema(type)) {
    const validate = schemaValidator(type, 'body');
    return checking('what its schema says', () => validate);
  }
  const list: readonly unknown[] | undefined = Array.isArray(type) ? type : undefined;
  const element: unknown = list === undefined ? type : list.length === 1 ? list[0] : undefined;
  if (!isClass(element)) {
    const reason =
      "`as` is neither 'json', 'text', 'bytes', 'stream', a class, a list of one class nor a Standard Schema";
    throw new HttpClientError('BOW_CLIENT_REQUEST_INVALID', name, { reason });
  }
  const what = list === undefined ? nameOf(element) : `a list of ${nameOf(element)}`;
  let validator: Promise<Validator> | undefined;
  return checking(what, () => (validator ??= compile(element, list !== undefined)));
}

/** `validatorFor` gives a promise where it has to be made; the same one each time. */
function checking(what: string, validatorFor: () => Validator | Promise<Validator>): AnswerReader {
  return {
    accept: 'application/json',
    async read(body) {
      const value = parseJson(body);
      const validate = await validatorFor();
      try {
        return await validate(value);
      } catch (cause) {
        const failures = failuresOf(cause);
        if (failures === undefined) throw cause;
        const told = failures.slice(0, 3).map(({ path, message }) => (path === '' ? message : `${path} ${message}`));
        const more = failures.length > told.length ? `, and ${failures.length - told.length} more` : '';
        throw invalid(body, `its body is not ${what}: ${told.join(', ')}${more}`, cause);
      }
    },
  };
}

async function compile(type: ClassType, array: boolean): Promise<Validator> {
  const report = new BootReport();
  const where = `as: ${array ? `[${nameOf(type)}]` : nameOf(type)} of HttpClient`;
  const wayOut = 'give a Standard Schema in its place';
  const validator = await new ClassValidation(report).validatorOf(type, { source: 'body', array, where, wayOut });
  report.throwIfAny(`No ${nameOf(type)} can be made of an answer`);
  // Whatever is missing has been reported.
  return validator as Validator;
}

function parseJson(body: WholeBody): unknown {
  if (body.bytes.length === 0) return undefined;
  const { headers } = body;
  try {
    return JSON.parse(withoutMark(body.bytes.toString('utf8'))) as unknown;
  } catch (cause) {
    const type = headers['content-type'];
    const reason = `its body is not JSON (${type === undefined ? 'it has no content-type' : `it is '${type}'`})`;
    throw invalid(body, reason, cause);
  }
}

function decodeText(body: WholeBody): string {
  const charset = /;\s*charset="?([\w.:-]+)/i.exec(body.headers['content-type'] ?? '')?.[1]?.toLowerCase() ?? 'utf-8';
  if (charset === 'utf-8' || charset === 'utf8') return withoutMark(body.bytes.toString('utf8'));
  try {
    return new TextDecoder(charset).decode(body.bytes);
  } catch (cause) {
    throw invalid(body, `its charset '${charset}' is unknown (${reasonOf(cause)})`, cause);
  }
}

function readByType(body: WholeBody): unknown {
  if (body.bytes.length === 0) return undefined;
  const type = body.headers['content-type'] ?? '';
  if (isJson(type)) return parseJson(body);
  return /^\s*text\//i.test(type) ? decodeText(body) : new Uint8Array(body.bytes);
}

export function isJson(contentType: string): boolean {
  return /^\s*application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType);
}

/** That of a byte order, which JSON.parse does not take. */
function withoutMark(given: string): string {
  return given.charCodeAt(0) === 0xfeff ? given.slice(1) : given;
}

function invalid({ name, status, headers }: WholeBody, reason: string, cause: unknown): HttpClientError {
  const answer = { status, headers };
  return new HttpClientError('BOW_CLIENT_ANSWER_INVALID', name, { reason }, { cause, answer });
}
