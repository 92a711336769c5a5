import {
  NotFoundError,
  type HttpContext,
  type Route,
  type RouteHandler,
  type VersioningOptions,
} from '../http/index.js';

/** Several versions of one method and path, told apart by a header or by a parameter of Accept. */
export function versionedHandler(
  routes: readonly Route[],
  versioning: VersioningOptions,
  /** Makes a handler of what answers without a route. */
  bare: (call: (ctx: HttpContext) => void) => RouteHandler,
): RouteHandler {
  const byVersion = new Map(routes.map((route) => [route.description.version, route]));
  const read = versionReader(versioning);
  const known = routes.map((route) => route.description.version).filter((version) => version !== undefined);
  const askedOf = (ctx: HttpContext): string | undefined => read(ctx) ?? versioning.defaultVersion;
  const answerUnknown = bare((ctx) => {
    const asked = askedOf(ctx);
    throw new NotFoundError(
      asked === undefined ? `Name a version: ${known.join(', ')}.` : `There is no version '${asked}' here.`,
    );
  });
  return (ctx) => {
    const asked = askedOf(ctx);
    const route = byVersion.get(asked) ?? (asked === undefined ? undefined : byVersion.get(undefined));
    if (route === undefined) return answerUnknown(ctx);
    ctx.enter(route);
    return route.handler(ctx);
  };
}

function versionReader(versioning: VersioningOptions): (ctx: HttpContext) => string | undefined {
  if (versioning.type === 'header') {
    const header = versioning.header ?? 'x-api-version';
    return (ctx) => ctx.header(header)?.trim();
  }
  const parameter = (versioning.parameter ?? 'v').toLowerCase();
  return (ctx) => acceptParameter(ctx.header('accept') ?? '', parameter);
}

/** The value of a parameter of the first media range that has it: `application/json;v=2`. */
function acceptParameter(accept: string, parameter: string): string | undefined {
  for (const range of accept.split(',')) {
    for (const part of range.split(';').slice(1)) {
      const [name, value] = part.split('=');
      if (name?.trim().toLowerCase() === parameter && value !== undefined) return value.trim().replaceAll('"', '');
    }
  }
  return undefined;
}
