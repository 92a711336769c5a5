import type { Pipe } from '../../http/index.js';

/** Stands for a missing value, before another pipe or alone. `{ default: 1 }`, or `limit: number = 20`, does the same without a pipe. */
export class DefaultValuePipe<T> implements Pipe<unknown, T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  transform(value: unknown): T {
    // What is there has been converted to the declared type, which the compiler holds against that of the default.
    return value === undefined ? this.#value : (value as T);
  }
}
