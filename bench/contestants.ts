import type { Method, RouteSet } from './workloads.js';

export const providers = ['node', 'fastify', 'express', 'koa', 'hono'] as const;
export type Provider = (typeof providers)[number];

/** A file of peers/. */
export type PeerServer = 'nest-fastify' | 'nest-express' | 'inversify-fastify' | 'inversify-express' | 'tsed-express';

/** One server to measure. */
export interface Contestant {
  readonly name: string;
  /** A file of servers/. */
  readonly server: 'bare' | 'fastify' | 'express' | 'koa' | 'hono' | 'bowline' | PeerServer;
  readonly routes: RouteSet;
  /** For Bowline. */
  readonly provider?: Provider;
  readonly emptyRequests?: 'standard' | 'fast';
  /** Routes that are declared and never asked for. */
  readonly idleRoutes?: number;
}

/** The ratio that is meant to be reached, by the method that tells it. */
export type Goals = Readonly<Partial<Record<Method, number>>>;

/** Two contestants, by name, of which a ratio is told. */
export interface Pair {
  readonly contestant: string;
  readonly rival: string;
  readonly goals: Goals;
}

/** Who is measured in turn on one provider, and which ratios that gives. */
export interface Match {
  readonly provider: Provider;
  readonly contestants: readonly Contestant[];
  readonly pairs: readonly Pair[];
}

type Rival = Pick<Contestant, 'name' | 'server'>;

const rawFastify = { name: 'raw Fastify', server: 'fastify' } as const;
const nestOnFastify = { name: 'NestJS on Fastify', server: 'nest-fastify' } as const;

const rawRivals: Readonly<Record<Provider, Rival>> = {
  node: { name: 'bare node:http', server: 'bare' },
  fastify: rawFastify,
  express: { name: 'raw Express', server: 'express' },
  koa: { name: 'raw Koa + @koa/router', server: 'koa' },
  hono: { name: 'raw Hono', server: 'hono' },
};

/** The frameworks of its own kind on the same server; for node the fastest of them. */
const peers: Readonly<Record<Provider, readonly Rival[]>> = {
  node: [nestOnFastify],
  fastify: [nestOnFastify, { name: 'Inversify HTTP on Fastify', server: 'inversify-fastify' }],
  express: [
    { name: 'NestJS on Express', server: 'nest-express' },
    { name: 'Inversify HTTP on Express', server: 'inversify-express' },
    { name: 'Ts.ED on Express', server: 'tsed-express' },
  ],
  koa: [],
  hono: [],
};

/** Beside the raw server of the provider, on loopback. */
interface RawGoals {
  readonly standard: number;
  readonly fast?: number;
}

const rawGoals: Readonly<Record<RouteSet, Readonly<Record<Provider, RawGoals>>>> = {
  hello: {
    node: { standard: 1.02, fast: 0.92 },
    fastify: { standard: 1.02, fast: 0.98 },
    express: { standard: 0.65 },
    koa: { standard: 0.8 },
    hono: { standard: 1.02 },
  },
  params: {
    node: { standard: 1.05, fast: 0.96 },
    fastify: { standard: 1.02, fast: 0.98 },
    express: { standard: 0.65 },
    koa: { standard: 0.8 },
    hono: { standard: 1.02 },
  },
  guard: {
    node: { standard: 1.04, fast: 0.96 },
    fastify: { standard: 1.05 },
    express: { standard: 0.7 },
    koa: { standard: 0.8 },
    hono: { standard: 1.05 },
  },
  post: {
    node: { standard: 1.2 },
    fastify: { standard: 1 },
    express: { standard: 0.65 },
    koa: { standard: 0.8 },
    hono: { standard: 1.02 },
  },
  scope: {
    node: { standard: 1.17, fast: 1.06 },
    fastify: { standard: 1.05 },
    express: { standard: 0.7 },
    koa: { standard: 0.8 },
    hono: { standard: 1.05 },
  },
};

interface NamedGoal {
  readonly routes: RouteSet;
  readonly provider: Provider;
  readonly rival: string;
  readonly goals: Goals;
}

/** What is meant to be reached beside anybody else, or by the other method. */
const namedGoals: readonly NamedGoal[] = [
  { routes: 'post', provider: 'node', rival: rawFastify.name, goals: { loopback: 1, 'in-process': 0.75 } },
  { routes: 'post', provider: 'fastify', rival: rawFastify.name, goals: { loopback: 1, 'in-process': 0.75 } },
  { routes: 'post', provider: 'node', rival: nestOnFastify.name, goals: { loopback: 0.4 } },
  { routes: 'post', provider: 'fastify', rival: nestOnFastify.name, goals: { loopback: 0.4 } },
  { routes: 'scope', provider: 'node', rival: nestOnFastify.name, goals: { loopback: 0.33 } },
];

/** Other servers stop at requests whose stream has ended before it is read. */
const fastProviders: readonly Provider[] = ['node', 'fastify', 'hono'];

const idleRoutes = 500;

/** Bowline on one provider beside the same thing written without it, and beside the frameworks of its kind if asked. */
export function matchOf(provider: Provider, routes: RouteSet, withPeers: boolean): Match {
  const raw = rawRivals[provider];
  const rivals = [raw, ...(routes === 'post' && provider === 'node' ? [rawFastify] : [])];
  if (withPeers) rivals.push(...peers[provider]);
  const name = `Bowline on ${provider}`;
  const usual: Contestant = { name, server: 'bowline', provider, routes };
  const faster: Contestant = { ...usual, name: `${name}, fast`, emptyRequests: 'fast' };
  const hasFast = fastProviders.includes(provider);

  const pairs: Pair[] = rivals.map((rival) => ({
    contestant: name,
    rival: rival.name,
    goals: goalsOf(routes, provider, rival),
  }));
  const { fast } = rawGoals[routes][provider];
  const fastGoals = fast === undefined ? {} : { loopback: fast };
  if (hasFast) pairs.push({ contestant: faster.name, rival: raw.name, goals: fastGoals });
  const own = hasFast ? [usual, faster] : [usual];
  return { provider, contestants: [...rivals.map((rival) => ({ ...rival, routes })), ...own], pairs };
}

function goalsOf(routes: RouteSet, provider: Provider, rival: Rival): Goals {
  const named = namedGoals.find(
    (each) => each.routes === routes && each.provider === provider && each.rival === rival.name,
  );
  if (named !== undefined) return named.goals;
  return rival === rawRivals[provider] ? { loopback: rawGoals[routes][provider].standard } : {};
}

/** Bowline with many routes beside itself with one. */
export function matchOfManyRoutes(provider: Provider): Match {
  const one: Contestant = { name: `${provider}, 1 route`, server: 'bowline', provider, routes: 'hello' };
  const many: Contestant = { ...one, name: `${provider}, ${idleRoutes + 1} routes`, idleRoutes };
  const pair: Pair = { contestant: many.name, rival: one.name, goals: { loopback: 1.05 } };
  return { provider, contestants: [one, many], pairs: [pair] };
}
