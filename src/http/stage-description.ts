/** The kinds of stage, in the order in which a call passes them; filters stand around all others. */
export const stageKinds = ['middleware', 'guard', 'interceptor', 'pipe', 'filter'] as const;

export type StageKind = (typeof stageKinds)[number];

/** The one method of each kind. */
export const stageMethods: Readonly<Record<StageKind, string>> = {
  middleware: 'use',
  guard: 'canActivate',
  interceptor: 'intercept',
  pipe: 'transform',
  filter: 'catch',
};

/** From how far away a stage was put on a route. */
export type StageLevel = 'global' | 'server' | 'controller' | 'route' | 'parameter';

/** One stage of a route, as explain and tests read it. Serialisable. */
export interface StageDescription {
  readonly kind: StageKind;
  /** The class, or the name of the function. */
  readonly name: string;
  readonly level: StageLevel;
  /** The class or module that put it there. */
  readonly from: string;
  /** How long an instance lives; a function and what was handed in ready-made live as long as the application. */
  readonly scope: 'singleton' | 'request' | 'transient';
  /** Whether it is made anew for each request, with all that it needs. */
  readonly perRequest: boolean;
  /** The place that a global one asked for, where it is not 0. */
  readonly order?: number;
  /** The parameter that a pipe belongs to, counted from 0; all of them where it is undefined. */
  readonly parameter?: number;
  /** What a filter catches; everything where it is undefined. */
  readonly catches?: readonly string[];
}
