/** A step of our own in the fluent syntax of a module that Bowline loads. */
export const lazyStep: unique symbol = Symbol.for('bowline:lazy');

/**
 * Leaves a singleton unbuilt until somebody asks for it: `lazy(bind(Report).toSelf())`. All others are built when the
 * application starts, so that what is wrong with them is known before a port is opened.
 */
export function lazy<S extends object>(binding: S): S {
  (binding as { [lazyStep]?: () => void })[lazyStep]?.();
  return binding;
}

/**
 * Says how to close what knows nothing of Bowline, for Inversify's `onDeactivation`:
 * `bind(Pool).toConstantValue(pool).onDeactivation(closeWith((pool) => pool.end()))`. What `close` returns is awaited, so long as
 * `serviceTimeout` allows.
 */
export function closeWith<T>(close: (instance: T) => unknown): (instance: T) => Promise<void> {
  return async (instance) => {
    await close(instance);
  };
}
