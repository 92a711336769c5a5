import { reasonOf } from '../foundation/index.js';
import type { ServerStopReport } from './managed-server.js';
import type { ShutdownReport } from './shutdown-report.js';
import { describeReason } from './stop-reason.js';
import type { RunReport } from './timed-run.js';

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
  const { forced, servers, leftovers, activeHandles } = report;
  return [
    `Stopped by ${describeReason(report.reason)}${forced ? ', then forced' : ''} in ${inSeconds(report.duration)}, exit code ${report.exitCode}: ${verdict(report)}`,
    line('phases', describePhases(report)),
    line('requests', describeRequests(report)),
    ...servers.flatMap(describeServer),
    ...report.hooks.map((hook) => line(hook.hook, describeRun(hook))),
    ...report.services.map((service) => line(service.step, describeRun(service))),
    ...leftovers.map(({ name, active }) => line('left undone', `${name}: ${active} under way`)),
    ...(activeHandles.length === 0 ? [] : [line('kept alive by', activeHandles.join(', '))]),
  ].join('\n');
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(13)} ${text}`;
}

function verdict({ requests, servers, failures, leftovers }: ShutdownReport): string {
  const running = servers.reduce((sum, server) => sum + server.running, 0);
  const parts = [
    requests.cut === 0 ? 'no request was cut' : `${count(requests.cut, 'request was', 'requests were')} cut`,
    // Where a request was cut, its handler is most likely the one that ran on.
    ...(running === 0 || requests.cut > 0 ? [] : [runningOn(running)]),
    ...(leftovers.length === 0 ? [] : [`${leftovers.map(({ name }) => name).join(', ')} had to stop in the middle`]),
    ...(failures.length === 0 ? [] : [`failed: ${failures.map(({ name }) => name).join(', ')}`]),
  ];
  return parts.join('; ');
}

function describePhases({ phases }: ShutdownReport): string {
  return phases
    .filter(({ phase }) => phase !== 'stopped')
    .map(({ phase, duration }) => `${phase} ${inSeconds(duration)}`)
    .join(', ');
}

function describeRequests({ requests }: ShutdownReport): string {
  const { inFlight, finished, cut, abandoned, refused } = requests;
  const rare = [
    ...(abandoned === 0 ? [] : [`${abandoned} left by their clients`]),
    ...(refused === 0 ? [] : [`${refused} refused unrun, for their clients to send again`]),
  ];
  return `${inFlight} in flight when the stop began; since then ${[`${finished} finished`, `${cut} cut`, ...rare].join(', ')}`;
}

function describeServer(server: ServerStopReport): string[] {
  const { name, inFlight, finished, cut, running } = server;
  const detail = (text: string): string => line('', `  ${text}`);
  return [
    line('server', `${name}: ${inFlight} in flight, ${finished} finished, ${cut} cut; ${describeConnections(server)}`),
    ...server.routes.map((route) =>
      detail(
        `${route.method} ${route.route}: ${route.inFlight} in flight, ${route.finished} finished, ${route.cut} cut`,
      ),
    ),
    ...server.cuts.map(({ method, route, age }) => detail(`cut: ${method} ${route}, ${inSeconds(age)} old`)),
    ...(running === 0 ? [] : [detail(runningOn(running))]),
    ...server.hooks.map((hook) => detail(`${hook.hook} ${describeRun(hook)}`)),
  ];
}

function describeConnections({ connections }: ServerStopReport): string {
  const { idle, told, active, open } = connections;
  const closed = [
    ...(told === 0 ? [] : [`${told} after ${told === 1 ? 'its' : 'their'} last answer`]),
    ...(idle === 0 ? [] : [`${idle} idle`]),
    ...(active === 0 ? [] : [`${active} cut`]),
  ];
  return [
    closed.length === 0 ? 'no connections' : `connections closed: ${closed.join(', ')}`,
    ...(open === 0 ? [] : [`${open} still open`]),
  ].join(', ');
}

function runningOn(running: number): string {
  return `${count(running, 'handler', 'handlers')} still ran when services had to be closed`;
}

function describeRun({ name, duration, error }: RunReport): string {
  return `${name}: ${inSeconds(duration)}${error === undefined ? '' : `, failed: ${reasonOf(error)}`}`;
}

function count(number: number, one: string, several: string): string {
  return `${number} ${number === 1 ? one : several}`;
}

function inSeconds(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}
