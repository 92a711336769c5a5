import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Remembers who called `callee` and says it as `src/orders.module.ts:12`, relative to the working directory. The stack
 * is turned into text, which source maps make slow, only when it is asked for.
 */
export function callSite(callee: (...args: never[]) => unknown): () => string | undefined {
  const held: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(held, callee);
  Error.stackTraceLimit = limit;
  return () => placeIn(held.stack ?? '');
}

function placeIn(stack: string): string | undefined {
  const [, file, line] = /\(?((?:file:\/\/|\/|[A-Za-z]:[\\/])[^()\n]*?):(\d+):\d+\)?\s*$/.exec(stack) ?? [];
  if (file === undefined || line === undefined) return undefined;
  const path = file.startsWith('file://') ? fileURLToPath(file) : file;
  return `${relative(process.cwd(), path).replaceAll('\\', '/')}:${line}`;
}
