import type { ValueOf } from '../../decorators/index.js';
import type { Pipe, PipeArgument } from '../../http/index.js';
import { converterOf, type TextConverter, type ValueType } from '../../validation/index.js';
import type { Absent, ParseOptions } from './parse-options.js';
import { parseValue } from './parse-value.js';

export interface ParseArrayOptions extends ParseOptions {
  /** What each text becomes. @default String */
  readonly items?: ValueType;
  /** What stands between two of them. @default ',' */
  readonly separator?: string;
}

type Items<O extends ParseArrayOptions> = O extends { readonly items: infer T extends ValueType } ? ValueOf<T> : string;

/**
 * Takes several values in one text, as `?ids=1,2,3`; an empty text is an empty list. For a name that is repeated
 * (`?id=1&id=2`) say `{ type: Number, array: true }`, for a list of bodies `@Body([CreateOrder])`.
 */
export class ParseArrayPipe<const O extends ParseArrayOptions = {}> implements Pipe<unknown> {
  readonly #options: ParseOptions;
  readonly #separator: string;
  readonly #item: TextConverter;

  constructor(options = {} as O) {
    const { separator = ',', items = String }: ParseArrayOptions = options;
    const item = converterOf(items);
    if (item === undefined)
      throw new TypeError('The items of a ParseArrayPipe are String, Number, Boolean, BigInt or Date.');
    this.#options = options;
    this.#separator = separator;
    this.#item = item;
  }

  transform(value: unknown, argument: PipeArgument): Items<O>[] | Absent<O> {
    const { expected, type } = this.#item;
    const clause = type === 'string' ? 'a list' : `a list, each item ${expected}`;
    const list = parseValue(value, argument, this.#options, {
      expected: clause,
      params: ['array', type],
      convert: (text) => this.#listOf(text),
    });
    return list as Items<O>[] | Absent<O>;
  }

  #listOf(text: string): unknown[] | undefined {
    if (text === '') return [];
    const list = text.split(this.#separator).map((each) => this.#item.convert(each));
    return list.includes(undefined) ? undefined : list;
  }
}
