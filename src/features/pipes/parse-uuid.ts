import type { Pipe, PipeArgument } from '../../http/index.js';
import type { Expectation } from '../../routing/index.js';
import type { Absent, ParseOptions } from './parse-options.js';
import { parseValue } from './parse-value.js';

export interface ParseUUIDOptions extends ParseOptions {
  /** The only version that passes. @default any */
  readonly version?: '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8';
}

/** Takes UUIDs in the form of RFC 9562, in upper or lower case, and leaves them as they are. */
export class ParseUUIDPipe<const O extends ParseUUIDOptions = {}> implements Pipe<unknown, string | undefined> {
  readonly #options: ParseOptions;
  readonly #expected: Expectation;
  readonly #form: RegExp;

  constructor(options = {} as O) {
    const { version } = options;
    this.#options = options;
    this.#expected =
      version === undefined
        ? { expected: 'a UUID', params: ['uuid'] }
        : { expected: `a UUID of version ${version}`, params: ['uuid', version] };
    this.#form = version === undefined ? anyVersion : new RegExp(`^.{14}${version}.{4}[89ab]`, 'i');
  }

  transform(value: unknown, argument: PipeArgument): string | Absent<O> {
    const convert = (text: string): string | undefined =>
      anyVersion.test(text) && this.#form.test(text) ? text : undefined;
    return parseValue(value, argument, this.#options, { ...this.#expected, convert }) as string | Absent<O>;
  }
}

const anyVersion = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
