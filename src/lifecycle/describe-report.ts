import { reasonOf } from '../foundation/index.js';
import type { ServerStopReport } from './managed-server.js';
import type { ShutdownReport } from './shutdown-report.js';
import { describeReason } from './stop-reason.js';
import type { RunReport } from './timed-run.js';

/** A report as a text for people: what was finished, what was not, and where the time went. */
export function describeReport(report: ShutdownReport): string {
  const { requests, forced, leftovers, activeHandles } = report;
  return [
    `Stopped by ${describeReason(report.reason)}${forced ? ', then forced' : ''} in ${inSeconds(report.duration)}, exit code ${report.exitCode}: ${verdict(report)}`,
    `  phases    ${report.phases.map(({ phase, duration }) => `${phase} ${inSeconds(duration)}`).join(', ')}`,
    `  requests  ${requests.inFlight} in flight at the start; since then ${requests.finished} finished, ${requests.abandoned} left by their clients, ${requests.refused} refused, ${requests.cut} cut`,
    ...report.servers.flatMap(describeServer),
    ...report.hooks.map((hook) => `  ${hook.hook.padEnd(12)} ${describeRun(hook)}`),
    ...report.services.map((service) => `  service      ${describeRun(service)}`),
    ...leftovers.map(({ name, active }) => `  left undone  ${name}: ${active} under way`),
    ...(activeHandles.length === 0 ? [] : [`  kept alive by ${activeHandles.join(', ')}`]),
  ].join('\n');
}

function verdict({ requests, failures, leftovers }: ShutdownReport): string {
  const parts = [
    requests.cut === 0
      ? 'no request was cut'
      : `${requests.cut} ${requests.cut === 1 ? 'request was' : 'requests were'} cut`,
    ...(leftovers.length === 0 ? [] : [`${leftovers.map(({ name }) => name).join(', ')} had to stop in the middle`]),
    ...(failures.length === 0 ? [] : [`failed: ${failures.map(({ name }) => name).join(', ')}`]),
  ];
  return parts.join('; ');
}

function describeServer(server: ServerStopReport): string[] {
  const { idle, active, told, open } = server.connections;
  return [
    `  server    ${server.name}: ${server.inFlight} in flight, ${server.finished} finished, ${server.cut} cut; connections closed: ${idle} idle, ${told} told to leave, ${active} cut${open === 0 ? '' : `, ${open} still open`}`,
    ...server.routes.map(
      ({ method, route, inFlight, finished, cut }) =>
        `            ${method} ${route}: ${inFlight} in flight, ${finished} finished, ${cut} cut`,
    ),
    ...server.cuts.map(({ method, route, age }) => `            cut: ${method} ${route}, ${inSeconds(age)} old`),
  ];
}

function describeRun({ name, duration, error }: RunReport): string {
  return `${name}: ${inSeconds(duration)}${error === undefined ? '' : `, failed: ${reasonOf(error)}`}`;
}

function inSeconds(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}
