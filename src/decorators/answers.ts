import { appendMetadata } from '../foundation/index.js';
import { methodKey, type MethodMetadata } from '../routing/index.js';
import { isUsedWithoutCall, placementOf, recordMisuse } from './misuse.js';

/** The status of a successful answer. With it `undefined` is an empty answer of that status, also from GET. */
export function HttpCode(...args: readonly [status: number]): MethodDecorator {
  return methodDecorator('@HttpCode', args, (property) => ({ kind: 'status', property, status: args[0] }));
}

/** A header of a successful answer. */
export function Header(...args: readonly [name: string, value: string]): MethodDecorator {
  const [name, value] = args;
  return methodDecorator('@Header', args, (property) => ({ kind: 'header', property, name, value }));
}

/**
 * Answers with a redirection. A handler may return `{ url, statusCode? }` to choose another place.
 */
export function Redirect(...args: readonly [location: string, status?: 301 | 302 | 303 | 307 | 308]): MethodDecorator {
  const [location, status = 302] = args;
  return methodDecorator('@Redirect', args, (property) => ({ kind: 'redirect', property, location, status }));
}

/** The version, or versions, that a route answers to, in place of those of its controller. */
export function Version(...args: readonly [version: string | readonly string[]]): MethodDecorator {
  const [version] = args;
  const versions = typeof version === 'string' ? [version] : version;
  return methodDecorator('@Version', args, (property) => ({ kind: 'version', property, versions }));
}

function methodDecorator(
  decorator: string,
  args: readonly unknown[],
  entryOf: (property: string) => MethodMetadata,
): MethodDecorator {
  if (isUsedWithoutCall(decorator, args)) return undefined as unknown as MethodDecorator;
  return (target, key, descriptor) => {
    const placement = placementOf(target, key, descriptor);
    if (placement.on === 'method') appendMetadata(methodKey, placement.target, entryOf(placement.property));
    else recordMisuse(decorator, placement, 'belongs on a method that answers requests');
  };
}
