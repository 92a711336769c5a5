/** One application in a process of its own: says its port once it is open, and what memory it holds when it is asked. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** What the process holds after a full garbage collection. Bytes. */
export interface Memory {
  readonly resident: number;
  readonly heap: number;
}

type Serve = (variant: string) => Promise<number>;

process.on('message', () => void tellMemory());
process.on('disconnect', () => process.exit());
const { serve } = (await import(new URL('main.js', import.meta.url).href)) as { readonly serve: Serve };
process.send?.(await serve(process.argv[2] ?? ''));

async function tellMemory(): Promise<void> {
  if (globalThis.gc === undefined) throw new Error('The application runs without --expose-gc.');
  // What a finalizer of the first has let go of, the second collects.
  globalThis.gc();
  await nextTurn();
  globalThis.gc();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ resident: rss, heap: heapUsed } satisfies Memory);
}
