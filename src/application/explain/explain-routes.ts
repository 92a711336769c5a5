import { nearestName } from '../../foundation/index.js';
import type { RouteDescription } from '../../http/index.js';

/** One route as explain shows it: its description, and what it is asked for by. */
export interface RouteExplanation extends RouteDescription {
  /** `GET /orders/:id`. */
  readonly route: string;
  /** Whether a guard covers it. */
  readonly guarded: boolean;
}

/** One explanation for each description, however many patterns it is found by. */
export function explainRoutes(descriptions: readonly RouteDescription[]): readonly RouteExplanation[] {
  const explained = descriptions.map((description) => ({
    route: `${description.method} ${description.path}`,
    ...description,
    parameters: description.parameters.map((parameter) =>
      'default' in parameter ? { ...parameter, default: serialisable(parameter.default) } : parameter,
    ),
    guarded: description.stages.some(({ kind }) => kind === 'guard'),
  }));
  return [...new Map(explained.map((each) => [keyOf(each), each])).values()];
}

function keyOf({ server, route, version, controller, handler }: RouteExplanation): string {
  return [server, route, version, controller, handler].join(' ');
}

/** JSON has no word for a bigint. */
function serialisable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(serialisable);
  return typeof value === 'bigint' ? String(value) : value;
}

/** Those that `asked` means: a method with a path, a path alone, or a handler as in `OrderController.find`. */
export function routesOf(routes: readonly RouteExplanation[], asked: string): readonly RouteExplanation[] {
  const [first = '', second] = asked.trim().split(/\s+/);
  const wanted = second === undefined ? first : `${first.toUpperCase()} ${second}`;
  return routes.filter((each) => namesOf(each).includes(wanted));
}

/** What comes nearest to a name that means no route. */
export function nearestRoute(routes: readonly RouteExplanation[], asked: string): string | undefined {
  return nearestName(asked.trim(), routes.flatMap(namesOf));
}

function namesOf({ route, path, controller, handler }: RouteExplanation): readonly string[] {
  return [route, path, `${controller}.${handler}`];
}
