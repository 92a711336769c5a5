import { inspect } from 'node:util';
import { reasonOf } from '../foundation/index.js';
import type { HookReport } from './hooks.js';
import type { ServerStopReport } from './managed-server.js';
import type { ShutdownReport } from './shutdown-report.js';
import { describeReason } from './stop-reason.js';
import type { RunReport } from './timed-run.js';
import { isForced } from './watched-runs.js';

/**
 * A report as a text for people: what was finished, what was not, and where the time went. Takes what an application gives as
 * its `report`, which is undefined until a stop has begun.
 *
 * ```ts
 * await app.lifecycle.reached('stopped');
 * console.log(describeReport(app.report));
 * ```
 */
export function describeReport(report: ShutdownReport | undefined): string {
  if (report === undefined) return 'No stop has begun.';
  const { requests, forced, leftovers, uncaught, activeHandles } = report;
  return [
    `Stopped by ${describeReason(report.reason)}${forced ? ', then forced' : ''} in ${inSeconds(report.duration)}, exit code ${report.exitCode}: ${verdict(report)}`,
    ...(report.reason.kind === 'error' ? [line('error', reasonOf(report.reason.error))] : []),
    line('phases', report.phases.map(({ phase, duration }) => `${phase} ${inSeconds(duration)}`).join(', ')),
    line(
      'requests',
      `${requests.inFlight} in flight at the start; since then ${requests.finished} finished, ${requests.abandoned} left by their clients, ${requests.refused} refused, ${requests.cut} cut`,
    ),
    ...report.servers.flatMap(describeServer),
    ...report.hooks.map(describeHook),
    ...describeServices(report.services),
    ...leftovers.map(({ name, active }) => line('left undone', `${name}: ${active} under way`)),
    ...uncaught.map((error) => line('uncaught', reasonOf(error))),
    ...(activeHandles.length === 0 ? [] : [line('kept alive', `by ${activeHandles.join(', ')}`)]),
  ].join('\n');
}

/** The figures as plain data, for machines; whoever inspects it, as a console does, sees the text. */
export function loggedReport(report: ShutdownReport): object {
  return Object.defineProperty(report.toJSON(), inspect.custom, { value: () => describeReport(report) });
}

function verdict({ requests, servers, failures, leftovers, uncaught }: ShutdownReport): string {
  const running = servers.reduce((sum, server) => sum + server.running, 0);
  const parts = [
    requests.cut === 0
      ? 'no request was cut'
      : `${requests.cut} ${requests.cut === 1 ? 'request was' : 'requests were'} cut`,
    ...(running === 0 ? [] : [`${running} handler${running === 1 ? '' : 's'} ran on`]),
    ...(leftovers.length === 0 ? [] : [`${leftovers.map(({ name }) => name).join(', ')} had to stop in the middle`]),
    ...(uncaught.length === 0 ? [] : ['an error came that nobody caught']),
    ...(failures.length === 0 ? [] : [`failed: ${[...new Set(failures.map(({ name }) => name))].join(', ')}`]),
  ];
  return parts.join('; ');
}

function describeServer(server: ServerStopReport): string[] {
  const { idle, active, told, open } = server.connections;
  const closed = figures([idle, 'idle'], [told, 'told to leave'], [active, 'cut'], [open, 'still open']);
  const connections = closed === '' ? 'no connections' : `connections closed: ${closed}`;
  return [
    line('server', `${server.name}: ${describeRequests(server)}; ${connections}`),
    ...server.routes.map((route) => line('', `${route.method} ${route.route}: ${describeRequests(route)}`)),
    ...server.cuts.map(({ method, route, age }) => line('', `cut: ${method} ${route}, ${inSeconds(age)} old`)),
    ...(server.running === 0
      ? []
      : [
          line(
            '',
            `${server.running} handler${server.running === 1 ? '' : 's'} still ran when services had to be closed`,
          ),
        ]),
    ...server.hooks.map(describeHook),
  ];
}

function describeRequests({
  inFlight,
  finished,
  cut,
}: Pick<ServerStopReport, 'inFlight' | 'finished' | 'cut'>): string {
  return figures([inFlight, 'in flight'], [finished, 'finished'], [cut, 'cut']) || 'no requests';
}

/** What is nothing is not said. */
function figures(...all: readonly (readonly [count: number, what: string])[]): string {
  return all
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ');
}

function describeHook(hook: HookReport): string {
  return line(hook.hook, describeRun(hook));
}

/** An application has dozens of services, most of which need no time to close. */
function describeServices(services: readonly RunReport[]): string[] {
  const worthTelling = services.filter(({ duration, error }) => duration >= 1 || error !== undefined);
  const others = services.length - worthTelling.length;
  return [
    ...worthTelling.map((service) => line('service', describeRun(service))),
    ...(others === 0 ? [] : [line('services', `${others}${worthTelling.length === 0 ? '' : ' more'} closed at once`)]),
  ];
}

function describeRun({ name, step, duration, error }: RunReport): string {
  const what = step === undefined ? name : `${name}, ${step}`;
  return `${what}: ${inSeconds(duration)}${fateOf(error)}`;
}

function fateOf(error: unknown): string {
  if (error === undefined) return '';
  return isForced(error) ? ', not waited for any longer' : `, failed: ${reasonOf(error)}`;
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(12)} ${text}`;
}

function inSeconds(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}
