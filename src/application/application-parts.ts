import type { LoadedContainer, RequestScopes } from '../container/index.js';
import type { Clock, LifecycleEventSource, Logger } from '../foundation/index.js';
import type { HttpProvider, PlainOf, StaticFolder, Uploads } from '../http/index.js';
import type { ApplicationPolicies } from './application-policies.js';
import type { RouteMarks } from './backstop.js';
import type { ResolvedApplicationOptions } from './application-options.js';
import type { BoundController } from './collect-controllers.js';
import type { RoutePlan } from './route-plan.js';

/** What boot has found out. */
export interface ApplicationParts {
  readonly options: ResolvedApplicationOptions;
  readonly loaded: LoadedContainer;
  readonly log: Logger;
  readonly clock: Clock;
  readonly events: LifecycleEventSource;
  readonly controllers: readonly BoundController[];
  readonly plan: RoutePlan;
  readonly providers: ReadonlyMap<string, HttpProvider>;
  /** The folders that were bound. */
  readonly folders: readonly StaticFolder[];
  readonly uploads: Uploads;
  readonly plainOf: PlainOf | undefined;
  readonly scopes: RequestScopes;
  readonly policies: ApplicationPolicies;
  readonly marks: RouteMarks;
  readonly generateId: () => string;
}
