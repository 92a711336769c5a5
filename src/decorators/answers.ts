import { appendMetadata } from '../foundation/index.js';
import { methodKey, type MethodMetadata } from '../routing/index.js';
import { placementOf, recordMisuse } from './misuse.js';

/** The status of a successful answer. With it `undefined` is an empty answer of that status, also from GET. */
export function HttpCode(status: number): MethodDecorator {
  return methodDecorator('@HttpCode', (property) => ({ kind: 'status', property, status }));
}

/** A header of a successful answer. */
export function Header(name: string, value: string): MethodDecorator {
  return methodDecorator('@Header', (property) => ({ kind: 'header', property, name, value }));
}

/**
 * Answers with a redirection. A handler may return `{ url, statusCode? }` to choose another place.
 */
export function Redirect(location: string, status: 301 | 302 | 303 | 307 | 308 = 302): MethodDecorator {
  return methodDecorator('@Redirect', (property) => ({ kind: 'redirect', property, location, status }));
}

/** The version, or versions, that a route answers to, in place of those of its controller. */
export function Version(version: string | readonly string[]): MethodDecorator {
  const versions = typeof version === 'string' ? [version] : version;
  return methodDecorator('@Version', (property) => ({ kind: 'version', property, versions }));
}

function methodDecorator(decorator: string, entryOf: (property: string) => MethodMetadata): MethodDecorator {
  return (target, key, descriptor) => {
    const placement = placementOf(target, key, descriptor);
    if (placement.on === 'method') appendMetadata(methodKey, placement.target, entryOf(placement.property));
    else recordMisuse(decorator, placement, 'belongs on a method that answers requests');
  };
}
