import { injectableKey, type InjectableOptions } from '../container/index.js';
import { appendMetadata, describeValue, ownMetadata } from '../foundation/index.js';
import { controllerKey } from '../routing/index.js';
import {
  areOptions,
  isClassDecoratorUsedWithoutCall,
  placementOf,
  recordMisuse,
  recordWrongOptions,
  scopes,
  versionProblem,
} from './misuse.js';

export interface ControllerOptions extends InjectableOptions {
  /** What stands before the paths of its routes; several paths serve the routes under each. @default '/' */
  readonly path?: string | readonly string[];
  /** The version of its routes, or several. */
  readonly version?: string | readonly string[];
  /** The server that serves it. @default 'main' */
  readonly server?: string;
}

/**
 * Makes the routes of a class known. The class is injectable too and lives as long as the application unless `scope` says
 * otherwise; it is served once a module lists it.
 */
export function Controller(options: string | readonly string[] | ControllerOptions = {}): ClassDecorator {
  if (isClassDecoratorUsedWithoutCall('@Controller', options)) return undefined as unknown as ClassDecorator;
  const given: ControllerOptions = isPaths(options) ? { path: options } : options;
  return (...args: readonly [object, (string | symbol)?, unknown?]) => {
    const placement = placementOf(...args);
    if (placement.on !== 'class') {
      recordMisuse('@Controller', placement, 'belongs on a class');
      return;
    }
    if (!areOptions('@Controller', placement, given, 'a path, a list of paths or options')) return;
    if (ownMetadata(controllerKey, placement.target).length > 0) {
      recordMisuse('@Controller', placement, 'stands there twice; keep one, which may have several paths');
      return;
    }
    const known = { path: undefined, version: undefined, server: undefined, scope: scopes };
    recordWrongOptions('@Controller', placement, given, known);
    const { version } = given;
    const problem = version === undefined ? undefined : versionProblem(version);
    if (problem !== undefined) recordMisuse('@Controller', placement, problem);
    const { server } = given;
    const isName = server === undefined || typeof (server as unknown) === 'string';
    if (!isName) recordMisuse('@Controller', placement, `has the server ${describeValue(server)}; a server is a name`);
    appendMetadata(controllerKey, placement.target, {
      paths: toList(given.path ?? '/'),
      versions: version === undefined || problem !== undefined ? undefined : toList(version),
      server: isName ? server : undefined,
    });
    appendMetadata(injectableKey, placement.target, given.scope === undefined ? {} : { scope: given.scope });
  };
}

function isPaths(options: string | readonly string[] | ControllerOptions): options is string | readonly string[] {
  return typeof options === 'string' || Array.isArray(options);
}

/** Whatever else was written is a list of one, which boot refuses by its place. */
function toList(value: string | readonly string[]): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [value as string];
}
