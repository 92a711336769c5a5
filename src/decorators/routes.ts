import { appendMetadata } from '../foundation/index.js';
import type { HttpMethod } from '../http/index.js';
import { methodKey } from '../routing/index.js';
import { isUsedWithoutCall, placementOf, recordMisuse, type Placement } from './misuse.js';

/** Serves a method under one path or several, below those of its controller. */
export type RouteDecorator = (path?: string | readonly string[]) => MethodDecorator;

/** Answers GET, and HEAD unless another method does. */
export const Get: RouteDecorator = routeDecorator('@Get', 'GET');
export const Post: RouteDecorator = routeDecorator('@Post', 'POST');
export const Put: RouteDecorator = routeDecorator('@Put', 'PUT');
export const Patch: RouteDecorator = routeDecorator('@Patch', 'PATCH');
export const Delete: RouteDecorator = routeDecorator('@Delete', 'DELETE');
export const Head: RouteDecorator = routeDecorator('@Head', 'HEAD');
/** Answers OPTIONS in place of the automatic answer. */
export const Options: RouteDecorator = routeDecorator('@Options', 'OPTIONS');
/** Answers every method that no other route of the same path declares. */
export const All: RouteDecorator = routeDecorator('@All', 'ALL');

function routeDecorator(decorator: string, method: HttpMethod | 'ALL'): RouteDecorator {
  return (...args) => {
    if (isUsedWithoutCall(decorator, args)) return undefined as unknown as MethodDecorator;
    const [path = '/'] = args;
    return (target, key, descriptor) => {
      const placement = placementOf(target, key, descriptor);
      if (placement.on === 'method') {
        const { property } = placement;
        const paths = Array.isArray(path) ? (path as readonly string[]) : [path as string];
        appendMetadata(methodKey, placement.target, { kind: 'route', property, method, paths });
      } else {
        recordMisuse(decorator, placement, `belongs on a method; ${remedy(placement.on)}`);
      }
    };
  };
}

function remedy(place: Placement['on']): string {
  switch (place) {
    case 'field':
      return 'write a method in place of a function in a field';
    case 'accessor':
      return 'write a method in place of the accessor';
    case 'static member':
      return 'a static one has no instance to be called on';
    default:
      return `this is a ${place}`;
  }
}
