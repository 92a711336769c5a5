import { appendMetadata, describeValue, ownMetadata, type ClassType } from '../foundation/index.js';
import { methodKey, type MethodMetadata } from '../routing/index.js';
import { isUsedWithoutCall, placementOf, recordMisuse, versionProblem } from './misuse.js';

/** The status of a successful answer. With it `undefined` is an empty answer of that status, also from GET. */
export function HttpCode(...args: readonly [status: number]): MethodDecorator {
  const [status] = args;
  return methodDecorator('@HttpCode', args, statusProblem(status), (property) => ({
    kind: 'status',
    property,
    status,
  }));
}

/** A header of a successful answer. */
export function Header(...args: readonly [name: string, value: string]): MethodDecorator {
  const [name, value] = args;
  const isText = typeof name === 'string' && typeof value === 'string';
  const wrong = describeValue(typeof name === 'string' ? value : name);
  const problem = isText ? undefined : `has ${wrong}; it takes a name and a value, both of them texts`;
  return methodDecorator('@Header', args, problem, (property) => ({ kind: 'header', property, name, value }));
}

/**
 * Answers with a redirection. A handler may return `{ url, statusCode? }` to choose another place.
 */
export function Redirect(...args: readonly [location: string, status?: 301 | 302 | 303 | 307 | 308]): MethodDecorator {
  const [location, status = 302] = args;
  const problem = redirectProblem(location, status);
  return methodDecorator('@Redirect', args, problem, (property) => ({ kind: 'redirect', property, location, status }));
}

/** The version, or versions, that a route answers to, in place of those of its controller. */
export function Version(...args: readonly [version: string | readonly string[]]): MethodDecorator {
  const [version] = args;
  const versions = typeof version === 'string' ? [version] : version;
  const problem = versionProblem(version);
  return methodDecorator('@Version', args, problem, (property) => ({ kind: 'version', property, versions }));
}

function methodDecorator(
  decorator: string,
  args: readonly unknown[],
  problem: string | undefined,
  entryOf: (property: string) => MethodMetadata,
): MethodDecorator {
  if (isUsedWithoutCall(decorator, args)) return undefined as unknown as MethodDecorator;
  return (target, key, descriptor) => {
    const placement = placementOf(target, key, descriptor);
    if (placement.on !== 'method') recordMisuse(decorator, placement, 'belongs on a method that answers requests');
    else if (problem !== undefined) recordMisuse(decorator, placement, problem);
    else if (stands(entryOf(placement.property), placement.target))
      recordMisuse(decorator, placement, 'stands there twice; keep one');
    else appendMetadata(methodKey, placement.target, entryOf(placement.property));
  };
}

/** Whether an entry that can be there once is there already. */
function stands({ kind, property }: MethodMetadata, target: ClassType): boolean {
  return (
    kind !== 'header' && ownMetadata(methodKey, target).some((each) => each.kind === kind && each.property === property)
  );
}

function statusProblem(status: unknown): string | undefined {
  if (Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599) return undefined;
  return `has ${describeValue(status)}, which is not a status of an answer; those are the numbers from 200 to 599`;
}

function redirectProblem(location: unknown, status: unknown): string | undefined {
  if (typeof location !== 'string')
    return `has ${describeValue(location)} in place of a location; name one, also where the handler chooses another`;
  return [301, 302, 303, 307, 308].includes(status as number)
    ? undefined
    : `has ${describeValue(status)}, which is no status of a redirection; those are 301, 302, 303, 307 and 308`;
}
