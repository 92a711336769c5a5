/**
 * What compiled modules call. The names are the compiler's. They behave as TypeScript's own helpers do, so that a class
 * is decorated alike by `bowline/register` and by tsc.
 */

type Decorator = (target: unknown, key?: string | symbol, place?: unknown) => unknown;

export function decorate(
  decorators: readonly Decorator[],
  target: object,
  key?: string | symbol,
  given?: PropertyDescriptor | null,
): unknown {
  const onClass = arguments.length < 3;
  let result: unknown = onClass
    ? target
    : given === null
      ? Object.getOwnPropertyDescriptor(target, key as string | symbol)
      : given;
  for (const decorator of decorators.toReversed()) {
    const replaced = onClass ? decorator(result) : decorator(target, key, result);
    if (replaced) result = replaced;
  }
  if (!onClass && result) Object.defineProperty(target, key as string | symbol, result as PropertyDescriptor);
  return result;
}

export function decorateParam(index: number, decorator: Decorator): Decorator {
  return (target, key) => {
    decorator(target, key, index);
  };
}

/** Writes nothing where reflect-metadata is not loaded, as tsc's does. */
export function decorateMetadata(key: string, value: unknown): Decorator {
  const { metadata } = Reflect as { metadata?: (key: string, value: unknown) => Decorator };
  return metadata?.(key, value) ?? (() => undefined);
}

interface Held {
  readonly value: unknown;
  readonly dispose: (() => unknown) | undefined;
  readonly awaited: boolean;
}

/** `using` and `await using`, which Node 22 does not have: `u` and `a` hold a value, `e` takes what the block threw, `d` disposes. */
export function usingCtx(): { e: unknown; u<T>(value: T): T; a<T>(value: T): T; d(): unknown } {
  const nothing = {};
  const stack: Held[] = [];
  const hold = <T>(value: T, awaited: boolean): T => {
    if (value !== null && value !== undefined) stack.push({ value, dispose: disposeOf(value, awaited), awaited });
    else if (awaited) stack.push({ value, dispose: undefined, awaited });
    return value;
  };
  return {
    e: nothing,
    u: (value) => hold(value, false),
    a: (value) => hold(value, true),
    d() {
      const fail = (thrown: unknown): unknown => {
        this.e = this.e === nothing ? thrown : suppressed(thrown, this.e);
        return next();
      };
      const next = (): unknown => {
        for (let held = stack.pop(); held !== undefined; held = stack.pop()) {
          try {
            const result: unknown = held.dispose?.call(held.value);
            if (held.awaited) return Promise.resolve(result).then(next, fail);
          } catch (thrown) {
            return fail(thrown);
          }
        }
        if (this.e !== nothing) throw this.e;
        return undefined;
      };
      return next();
    },
  };
}

function disposeOf(value: unknown, awaited: boolean): () => unknown {
  const owner = value as { [Symbol.asyncDispose]?: () => unknown; [Symbol.dispose]?: () => unknown };
  const dispose = (awaited ? owner[Symbol.asyncDispose] : undefined) ?? owner[Symbol.dispose];
  if (typeof dispose !== 'function') throw new TypeError('What `using` declares has no Symbol.dispose method.');
  return dispose;
}

function suppressed(error: unknown, previous: unknown): unknown {
  if (typeof SuppressedError === 'function') return new SuppressedError(error, previous);
  return Object.assign(new Error('An error was suppressed during disposal.'), { error, suppressed: previous });
}
