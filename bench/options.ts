import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { providers, type Provider } from './contestants.js';
import { hasPeers } from './report/environment.js';

/** What is measured when nothing is named, and published. */
export const publishedWorkloads = ['hello', 'params', 'post', 'scope', 'guard', 'start'] as const;

export const workloads = [...publishedWorkloads, 'validation', 'resilience', 'client', 'routes', 'orders'] as const;
export type Workload = (typeof workloads)[number];

/** Written by a run of everything, from the folder of the project. */
export const publishedPage = 'docs/benchmarks.md';

export interface BenchOptions {
  readonly workloads: readonly Workload[];
  readonly loopback: boolean;
  readonly inProcess: boolean;
  readonly only: readonly Provider[] | undefined;
  readonly rounds: number;
  readonly samples: number;
  readonly starts: number;
  readonly quick: boolean;
  /** Whether frameworks of the same kind are measured too. */
  readonly peers: boolean;
  /** Files of earlier runs that are shown in place of measuring, or with what is measured. */
  readonly from: readonly string[];
  readonly json: string | undefined;
  /** Where the page of figures goes. */
  readonly write: string | undefined;
}

export const usage = `npm run bench -- [workloads] [options]

Without workloads: all that are published, about half an hour, and ${publishedPage} is written anew.

Published workloads
  hello            GET /hello: a small JSON answer
  params           GET /users/:id?verbose=true: a number and a boolean, and JSON
  post             POST /users with six fields, one of them an object: validated, and answered with JSON
  scope            a guard, an interceptor, a controller and three services, all made for each request
  guard            a guard that reads a header, and an interceptor that sets one
  start            to the first answer, and the memory after it, with 1 and with 500 controllers

Others
  validation       the object of post alone: from plain to a checked instance, in one process
  resilience       one call through each policy and through all, beside opossum and cockatiel
  client           one GET by the HTTP client, beside undici alone
  routes           hello with 500 more routes, beside hello with one
  orders           start and stop of examples/orders

Options
  --method NAME    loopback, in-process or both (both)
  --only LIST      of node, fastify, express, koa, hono (all; orders: node)
  --no-peers       without NestJS, Inversify HTTP and Ts.ED, which are measured when they are installed:
                   npm --prefix bench/peers ci
  --rounds N       rounds of 25 ms for each server on loopback (90)
  --samples N      fresh processes in-process, for validation, resilience and client, and runs of orders (4)
  --starts N       starts of each application (9)
  --quick          a few rounds, to see whether everything runs; its figures say nothing
  --json FILE      writes everything that was measured, after each workload
  --from FILES     reads what earlier runs have measured, separated by commas; without workloads nothing else is done
  --write FILE     writes a page with what there is; ${publishedPage} is only written when nothing lacks
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
  const from = values.from?.split(',') ?? [];
  for (const file of from) if (!existsSync(file)) throw new UsageError(`--from '${file}' does not exist`);
  return {
    workloads: asked.length > 0 || from.length > 0 ? [...new Set(asked)] : publishedWorkloads,
    loopback: method !== 'in-process',
    inProcess: method !== 'loopback',
    only: only === undefined ? undefined : [...new Set(only)],
    rounds: toCount('--rounds', values.rounds, values.quick ? 4 : 90),
    samples: toCount('--samples', values.samples, values.quick ? 1 : 4),
    starts: toCount('--starts', values.starts, values.quick ? 1 : 9),
    quick: values.quick,
    peers: checkPeers(values.peers),
    from,
    json: checkFolder('--json', values.json),
    write: checkFolder('--write', values.write),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      options: {
        method: { type: 'string', default: 'both' },
        only: { type: 'string' },
        rounds: { type: 'string' },
        samples: { type: 'string' },
        quick: { type: 'boolean', default: false },
        starts: { type: 'string' },
        peers: { type: 'boolean' },
        from: { type: 'string' },
        json: { type: 'string' },
        write: { type: 'string' },
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
function checkPeers(asked: boolean | undefined): boolean {
  if (asked === true && !hasPeers())
    throw new UsageError('--peers needs what is to be measured: run npm --prefix bench/peers ci');
  return asked ?? hasPeers();
}

function checkFolder(option: string, file: string | undefined): string | undefined {
  if (file === undefined || existsSync(dirname(file))) return file;
  throw new UsageError(`${option} '${file}' is in a folder that does not exist`);
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
