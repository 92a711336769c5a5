import { findReaders, type LoadedContainer } from '../container/index.js';
import { CurrentRequest } from '../http/index.js';
import type { BoundController } from './collect-controllers.js';

/** Whether the current context is kept where something reads it, on every route, or on none. */
export type ContextOption = 'auto' | 'on' | 'off';

/** Says of each controller why its routes keep the current context, in words that explain it; undefined where they do not. */
export function keepContext(
  controllers: readonly BoundController[],
  loaded: LoadedContainer,
  option: ContextOption,
): (BoundController & { readonly currentContext: string | undefined })[] {
  if (option !== 'auto')
    return controllers.map((each) => ({ ...each, currentContext: option === 'on' ? "context: 'on'" : undefined }));
  const roots = controllers.map(({ binding }) => binding);
  // What only code knows may call currentContext() as well.
  const ways = findReaders(
    loaded,
    roots,
    ({ identifier, kind }) => identifier === CurrentRequest || kind === 'dynamic' || kind === 'factory',
  );
  return controllers.map((each) => ({ ...each, currentContext: ways.get(each.binding)?.join(' -> ') }));
}
