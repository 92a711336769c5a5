import { Clock, Injectable, interceptor } from 'bowline';

/** Was: CACHE_MANAGER. */
@Injectable()
export class UrlCache {
  readonly #kept = new Map<string, { readonly value: unknown; readonly until: number }>();

  constructor(private readonly clock: Clock) {}

  get(url: string): { readonly value: unknown } | undefined {
    const kept = this.#kept.get(url);
    return kept === undefined || kept.until <= this.clock.elapsed() ? undefined : kept;
  }

  set(url: string, value: unknown, duration: number): void {
    this.#kept.set(url, { value, until: this.clock.elapsed() + duration });
  }
}

/** Was: an interceptor that read `@CacheFor` by the Reflector. Milliseconds. */
export const cacheFor = interceptor([UrlCache], (cache) => (duration: number) => async (ctx, next) => {
  const kept = cache.get(ctx.url);
  ctx.set('x-cache', kept === undefined ? 'miss' : 'hit');
  if (kept !== undefined) return kept.value;
  const value = await next();
  cache.set(ctx.url, value, duration);
  return value;
});
