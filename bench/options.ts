import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { providers, type Provider } from './contestants.js';

export const workloads = ['hello', 'params', 'guard', 'scope', 'post', 'validation', 'routes', 'orders'] as const;
export type Workload = (typeof workloads)[number];

export interface BenchOptions {
  readonly workloads: readonly Workload[];
  readonly loopback: boolean;
  readonly inProcess: boolean;
  readonly only: readonly Provider[] | undefined;
  readonly rounds: number;
  readonly samples: number;
  readonly quick: boolean;
  /** Against frameworks of the same kind in place of what these are built on. */
  readonly peers: boolean;
  readonly json: string | undefined;
}

export const usage = `npm run bench -- [workloads] [options]

Workloads
  hello            GET /hello: a small JSON answer
  params           GET /users/:id?verbose=true: a number and a boolean, and JSON
  guard            a guard that reads a header, and an interceptor that sets one
  scope            the same with both of them, the controller and three services made for each request
  post             POST /users with six fields, one of them an object: validated, and answered with JSON
  validation       the same object alone: from plain to a checked instance, in one process
  routes           hello with 500 more routes, against hello with one
  orders           start and stop of examples/orders

Options
  --method NAME    loopback, in-process or both (both)
  --only LIST      of node, fastify, express, koa, hono (all; orders: node)
  --rounds N       rounds of 25 ms for each server on loopback (150)
  --samples N      fresh processes in-process and for validation, and runs of orders (5)
  --peers          beside NestJS, Inversify HTTP and Ts.ED in place of the raw frameworks (npm --prefix bench/peers ci)
  --quick          a few rounds, to see whether everything runs; its figures say nothing
  --json FILE      writes everything that was measured
  --help           prints this`;

/** What was typed cannot be meant. The message says so to whoever typed it. */
export class UsageError extends Error {}

/** Reads the command line; 'help' where that is asked for. Throws a UsageError. */
export function readOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const method = oneOf('--method', values.method, ['loopback', 'in-process', 'both'] as const);
  const asked = positionals.map((name) => oneOf('the workload', name, workloads));
  const only = values.only?.split(',').map((name) => oneOf('--only', name.trim(), providers));
  if (values.json !== undefined && !existsSync(dirname(values.json))) {
    throw new UsageError(`--json '${values.json}' is in a folder that does not exist`);
  }
  return {
    workloads: asked.length === 0 ? ['hello', 'params'] : [...new Set(asked)],
    loopback: method !== 'in-process',
    inProcess: method !== 'loopback',
    only: only === undefined ? undefined : [...new Set(only)],
    rounds: toCount('--rounds', values.rounds, values.quick ? 4 : 150),
    samples: toCount('--samples', values.samples, values.quick ? 1 : 5),
    quick: values.quick,
    peers: checkPeers(values.peers),
    json: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        method: { type: 'string', default: 'both' },
        only: { type: 'string' },
        rounds: { type: 'string' },
        samples: { type: 'string' },
        quick: { type: 'boolean', default: false },
        peers: { type: 'boolean', default: false },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    // The rest of Node's own text is about positional arguments that begin with a dash.
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error));
  }
}

function oneOf<const Name extends string>(what: string, given: string, known: readonly Name[]): Name {
  const name = known.find((each) => each === given);
  if (name === undefined) throw new UsageError(`${what} '${given}' is unknown: it is one of ${known.join(', ')}`);
  return name;
}

/** They are installed by who wants them. */
function checkPeers(asked: boolean): boolean {
  if (asked && !existsSync(new URL('peers/node_modules', import.meta.url)))
    throw new UsageError('--peers needs what is to be measured: run npm --prefix bench/peers ci');
  return asked;
}

/** More would be no better measurement, and would not end. */
const maxCount = 10_000;

function toCount(option: string, given: string | undefined, usual: number): number {
  if (given === undefined) return usual;
  const count = Number(given);
  if (!Number.isInteger(count) || count < 1 || count > maxCount) {
    throw new UsageError(`${option} '${given}' is no whole number from 1 to ${maxCount}`);
  }
  return count;
}
