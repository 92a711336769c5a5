import {
  customOption,
  integerOption,
  nearestName,
  nestedOption,
  stringOption,
  type BootReport,
  type OptionRule,
} from '../../foundation/index.js';
import type { HttpContext, ResolvedServerOptions, ServerOptions } from '../../http/index.js';

/** Whether somebody may see what tells more than a probe. What it throws is answered like an error of a handler. */
export type ManagementGuard = (ctx: HttpContext) => boolean | Promise<boolean>;

/** Where an application says how it is: on a port of its own, on one of its servers, or both. */
export interface ManagementOptions {
  /**
   * The port of the management server, which `listen` opens before anything is built, and which is closed after everything
   * else. 0 takes a free one. @default no such server
   */
  readonly port?: number;
  /** Where it listens. @default '127.0.0.1'; in Kubernetes, which probes the address of the pod, all interfaces */
  readonly host?: string;
  /**
   * The name of a server that answers `/livez`, `/readyz` and `/startupz` too, at these paths whatever its prefix is, and
   * `/health` where there is a `guard`. @default none
   */
  readonly mountOn?: string;
  /**
   * Who may see `/health`. @default on the management server whoever connects from the machine itself, by the address of
   * the socket and whatever headers say
   */
  readonly guard?: ManagementGuard;
}

export interface ResolvedManagement {
  /** Undefined where there is no server of its own. */
  readonly server: ResolvedServerOptions | undefined;
  /** Whether it listens on all interfaces because Kubernetes was seen. */
  readonly isForKubernetes: boolean;
  readonly mountOn: string | undefined;
  readonly guard: ManagementGuard | undefined;
}

/** As logs, events and errors call the server. */
export const managementName = 'management';

export const managementOption: OptionRule = nestedOption({
  port: integerOption(0, 65_535),
  host: stringOption,
  mountOn: stringOption,
  guard: customOption('a function', (value) => typeof value === 'function'),
});

/** What one rule alone cannot say. */
export function checkManagement(options: ManagementOptions, servers: readonly string[], report: BootReport): void {
  const { port, host, mountOn } = options;
  const where = 'options.management';
  if (port === undefined && mountOn === undefined) {
    const expected = 'given a port, or the name of a server as mountOn, or both';
    report.add('BOW_OPTION_INVALID', { option: where, got: 'without a place', expected });
  } else if (port === undefined && host !== undefined) {
    const expected = 'left out, or given beside a port';
    report.add('BOW_OPTION_INVALID', { option: `${where}.host`, got: 'given without a port', expected });
  }
  if (typeof mountOn === 'string' && !servers.includes(mountOn)) {
    const facts = { where: `${where}.mountOn`, server: mountOn, known: servers };
    report.add('BOW_SERVER_UNKNOWN', { ...facts, nearest: nearestName(mountOn, servers) });
  }
  if (port !== undefined && servers.includes(managementName))
    report.add('BOW_SERVICE_NAME_TAKEN', { name: managementName });
}

/** `resolve` fills in what every server has. */
export function resolveManagement(
  { port, host, mountOn, guard }: ManagementOptions,
  isKubernetes: boolean,
  resolve: (name: string, server: ServerOptions) => ResolvedServerOptions,
): ResolvedManagement {
  const isForKubernetes = host === undefined && isKubernetes;
  const place = isForKubernetes ? {} : { host: host ?? '127.0.0.1' };
  return {
    server: port === undefined ? undefined : { ...resolve(managementName, { port, ...place }), ...lastTimes },
    isForKubernetes,
    mountOn,
    guard,
  };
}

/** It is closed when everything has ended, and what still asks how things are must not keep the process. Milliseconds. */
const lastTimes = { drainTimeout: 50, drainIdleTimeout: 10, abortGrace: 0 };
