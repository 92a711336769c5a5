import type { Pipe, PipeArgument } from '../../http/index.js';
import { converterOf, type TextConverter } from '../../validation/index.js';
import type { Absent, ParseOptions } from './parse-options.js';
import { parseValue } from './parse-value.js';

const anyNumber = converterOf(Number) as TextConverter;
const whole = { expected: 'a whole number', params: ['integer'], convert: toInteger };

/** Takes whole numbers, as strictly as a declared `number` takes any: no `12abc`, no ` 1`, nothing beyond 2^53 - 1. */
export class ParseIntPipe<const O extends ParseOptions = {}> implements Pipe<unknown, number | undefined> {
  readonly #options: ParseOptions;

  constructor(options = {} as O) {
    this.#options = options;
  }

  transform(value: unknown, argument: PipeArgument): number | Absent<O> {
    return parseValue(value, argument, this.#options, whole) as number | Absent<O>;
  }
}

/** Takes numbers, with or without a fraction. A declared `number` does the same without a pipe. */
export class ParseFloatPipe<const O extends ParseOptions = {}> implements Pipe<unknown, number | undefined> {
  readonly #options: ParseOptions;

  constructor(options = {} as O) {
    this.#options = options;
  }

  transform(value: unknown, argument: PipeArgument): number | Absent<O> {
    return parseValue(value, argument, this.#options, anyNumber) as number | Absent<O>;
  }
}

function toInteger(text: string): number | undefined {
  const value = anyNumber.convert(text) as number | undefined;
  return Number.isInteger(value) ? value : undefined;
}
