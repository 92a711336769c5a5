import type { Clock, LogFields, Logger } from '../foundation/index.js';
import { SlowBodies } from './body/slow-bodies.js';
import type { ErrorFormat } from './error-format.js';
import { HandlerTimeouts } from './handler-timeouts.js';
import type { Trust } from './proxy-trust.js';
import { RequestDeadlines } from './request-deadlines.js';
import type { PlainOf } from './reply.js';
import { defaultDeadline } from './server-defaults.js';
import type { ResolvedLimits, ResolvedServerOptions } from './server-options.js';

/** What every context of one server shares. */
export interface ContextServices {
  readonly server: string;
  readonly limits: ResolvedLimits;
  readonly etag: false | 'weak';
  /** Undefined where no proxy is believed. */
  readonly trust: Trust | undefined;
  readonly errorFormat: ErrorFormat;
  /** Undefined where no class can have rules for its way out. */
  readonly plainOf: PlainOf | undefined;
  readonly log: Logger;
  readonly clock: Clock;
  /** A new identifier for a request. */
  readonly generateId: () => string;
  readonly slowBodies: SlowBodies;
  readonly handlerTimeouts: HandlerTimeouts;
  readonly deadlines: RequestDeadlines;
  /** Logs a warning the first time that it is given. */
  readonly warnOnce: (message: string, fields?: LogFields) => void;
}

/** What the application gives to the contexts of every server. */
export type SharedServices = Pick<ContextServices, 'errorFormat' | 'log' | 'clock' | 'generateId'> &
  Partial<Pick<ContextServices, 'plainOf'>>;

/** The services of one server. */
export function createContextServices(
  {
    name,
    limits,
    timeouts,
    trust,
    etag = false,
    deadline: options = defaultDeadline,
  }: Pick<ResolvedServerOptions, 'name' | 'limits' | 'timeouts' | 'trust'> &
    Partial<Pick<ResolvedServerOptions, 'etag' | 'deadline'>>,
  shared: SharedServices,
): ContextServices {
  const given = new Set<string>();
  return {
    ...shared,
    plainOf: shared.plainOf,
    server: name,
    limits,
    etag,
    trust,
    slowBodies: new SlowBodies(shared.clock, timeouts.body),
    handlerTimeouts: new HandlerTimeouts(shared.clock, timeouts.handler),
    deadlines: new RequestDeadlines({ clock: shared.clock, log: shared.log, trust, options }),
    warnOnce(message, fields = { server: name }) {
      if (!given.has(message)) shared.log.warn(message, fields);
      given.add(message);
    },
  };
}
