import type { RouteSet } from './workloads.js';

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

/** Bowline, and the ratio to its rival that it is meant to reach on loopback. */
export interface Challenger extends Contestant {
  readonly goal: number | undefined;
}

/** A rival, and what is measured in turn with it. */
export interface Match {
  readonly provider: Provider;
  readonly rival: Contestant;
  readonly challengers: readonly Challenger[];
}

interface Goals {
  readonly standard: number;
  readonly fast?: number;
}

const rivals = {
  node: { name: 'bare node:http', server: 'bare' },
  fastify: { name: 'raw Fastify', server: 'fastify' },
  express: { name: 'raw Express', server: 'express' },
  koa: { name: 'raw Koa + @koa/router', server: 'koa' },
  hono: { name: 'raw Hono', server: 'hono' },
} as const satisfies Record<Provider, Pick<Contestant, 'name' | 'server'>>;

const goals: Readonly<Record<RouteSet, Readonly<Record<Provider, Goals>>>> = {
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

/** Other servers stop at requests whose stream has ended before it is read. */
const fastProviders: readonly Provider[] = ['node', 'fastify', 'hono'];

const idleRoutes = 500;

/** Bowline on one provider against the same thing written without it. */
export function matchAgainstRaw(provider: Provider, routes: RouteSet): Match {
  const name = `Bowline on ${provider}`;
  const { standard, fast } = goals[routes][provider];
  const usual: Challenger = { name, server: 'bowline', provider, routes, goal: standard };
  const faster: Challenger = { ...usual, name: `${name}, fast`, emptyRequests: 'fast', goal: fast };
  const challengers = fastProviders.includes(provider) ? [usual, faster] : [usual];
  return { provider, rival: { ...rivals[provider], routes }, challengers };
}

const peers: Readonly<Record<Provider, readonly Pick<Contestant, 'name' | 'server'>[]>> = {
  node: [{ name: 'NestJS on Fastify', server: 'nest-fastify' }],
  fastify: [
    { name: 'NestJS on Fastify', server: 'nest-fastify' },
    { name: 'Inversify HTTP on Fastify', server: 'inversify-fastify' },
  ],
  express: [
    { name: 'NestJS on Express', server: 'nest-express' },
    { name: 'Inversify HTTP on Express', server: 'inversify-express' },
    { name: 'Ts.ED on Express', server: 'tsed-express' },
  ],
  koa: [],
  hono: [],
};

/** What is meant to be reached beside them, where anything is. */
const peerGoals: Readonly<Partial<Record<RouteSet, Readonly<Partial<Record<Provider, number>>>>>> = {
  scope: { node: 0.33 },
  post: { node: 0.4, fastify: 0.4 },
};

/** Bowline against the frameworks of its own kind on the same provider; node against the fastest of them. */
export function matchesAgainstPeers(provider: Provider, routes: RouteSet): readonly Match[] {
  const goal = peerGoals[routes]?.[provider];
  const challenger: Challenger = { name: `Bowline on ${provider}`, server: 'bowline', provider, routes, goal };
  // The others validate by rules of their own.
  const own = peers[provider].filter(({ server }) => routes !== 'post' || server.startsWith('nest'));
  return own.map((peer) => ({ provider, rival: { ...peer, routes }, challengers: [challenger] }));
}

/** Bowline with many routes against itself with one. */
export function matchOfManyRoutes(provider: Provider): Match {
  const rival: Contestant = { name: `${provider}, 1 route`, server: 'bowline', provider, routes: 'hello' };
  const many: Challenger = { ...rival, name: `${provider}, ${idleRoutes + 1} routes`, idleRoutes, goal: 1.05 };
  return { provider, rival, challengers: [many] };
}
