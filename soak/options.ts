import { parseArgs } from 'node:util';
import type { LoadableProvider } from 'bowline';

export const soaks = ['wire', 'transfer', 'stop', 'scope', 'validation'] as const;
export type Soak = (typeof soaks)[number];

const providers: readonly LoadableProvider[] = ['node', 'fastify', 'express', 'koa', 'hono'];

export interface SoakOptions {
  readonly soak: Soak;
  readonly cases: number;
  readonly seed: number;
  readonly mib: number;
  readonly rounds: number;
  readonly stops: number;
  readonly providers: readonly LoadableProvider[];
}

export const usage = `npm run soak -- NAME [options]

Names
  wire             generated requests, broken in every way, to all providers at once
  stop             stops under load, for lost requests
  scope            services made for each request, a third of the requests broken off, for what is not disposed of
  validation       generated classes and bodies, beside class-validator and class-transformer
  transfer         large downloads, uploads and forms beside node:http by hand, and gzip bombs

Options
  --cases N        wire, scope: requests for each provider; validation: bodies (100000)
  --seed N         wire, stop, scope, validation: the same again, as far as chance of ours goes (a new one each time, printed)
  --mib N          transfer: MiB in each direction (1024)
  --rounds N       transfer: how often; the median counts (5)
  --stops N        stop: stops of each provider (500)
  --providers LIST of node, fastify, express, koa, hono (all)
  --help           prints this`;

/** What was typed cannot be meant. The message says so to whoever typed it. */
export class UsageError extends Error {}

/** Reads the command line; 'help' where that is asked for. Throws a UsageError. */
export function readOptions(args: readonly string[]): SoakOptions | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [name, ...more] = positionals;
  if (name === undefined) throw new UsageError('Say which soak is to be run');
  if (more.length > 0) throw new UsageError(`One soak is run at a time, and '${more[0]}' is another`);
  const only = values.providers?.split(',').map((each) => oneOf('--providers', each.trim(), providers));
  return {
    soak: oneOf('the soak', name, soaks),
    cases: toNumber('--cases', values.cases, 1, 100_000_000) ?? 100_000,
    seed: toNumber('--seed', values.seed, 0, 0x7fff_ffff) ?? Math.floor(Math.random() * 0x7fff_ffff),
    mib: toNumber('--mib', values.mib, 1, 65_536) ?? 1_024,
    stops: toNumber('--stops', values.stops, 1, 1_000_000) ?? 500,
    rounds: toNumber('--rounds', values.rounds, 1, 1_000) ?? 5,
    providers: only === undefined ? providers : [...new Set(only)],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        cases: { type: 'string' },
        seed: { type: 'string' },
        mib: { type: 'string' },
        rounds: { type: 'string' },
        stops: { type: 'string' },
        providers: { type: 'string' },
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

function toNumber(option: string, given: string | undefined, min: number, max: number): number | undefined {
  if (given === undefined) return undefined;
  const number = Number(given);
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  throw new UsageError(`${option} '${given}' is no whole number from ${min} to ${max}`);
}
