import type { Provider } from '../contestants.js';

/** One application that is started. */
export interface StartContestant {
  readonly name: string;
  /** The folder of its sources, beneath this one's `applications` or, of a peer, beneath `../peers/start-up`. */
  readonly sources: 'nothing' | 'bowline' | 'fastify' | PeerSources;
  /** What its `serve` is told: a provider, or a platform. */
  readonly variant?: string;
}

type PeerSources = 'nest' | 'inversify' | 'tsed';

export type StartMeasure = 'cpu' | 'wall' | 'memory';

/** A ratio that is told, and what it is meant to be. */
export interface StartPair {
  readonly contestant: string;
  readonly rival: string;
  readonly goals: Readonly<Partial<Record<StartMeasure, number>>>;
}

/** Controllers of the applications that are started. */
export const sizes = [1, 500] as const;
export type Size = (typeof sizes)[number];

export const nothing: StartContestant = { name: 'Node that does nothing', sources: 'nothing' };

const rawFastify: StartContestant = { name: 'raw Fastify', sources: 'fastify' };

const nestOnFastify: StartContestant = { name: 'NestJS on Fastify', sources: 'nest', variant: 'fastify' };

const peers: readonly StartContestant[] = [
  nestOnFastify,
  { name: 'NestJS on Express', sources: 'nest', variant: 'express' },
  { name: 'Inversify HTTP on Fastify', sources: 'inversify' },
  { name: 'Ts.ED on Express', sources: 'tsed' },
];

const peerSources: readonly StartContestant['sources'][] = ['nest', 'inversify', 'tsed'] satisfies PeerSources[];

export function isPeer({ sources }: StartContestant): boolean {
  return peerSources.includes(sources);
}

/** Everybody who is started in turn. */
export function startContestants(providers: readonly Provider[], withPeers: boolean): readonly StartContestant[] {
  const own = providers.map((provider) => ({ name: nameOf(provider), sources: 'bowline', variant: provider }) as const);
  return [rawFastify, ...own, ...(withPeers ? peers : [])];
}

/** What is meant to be reached with many controllers, on the providers that a goal names. */
const goals: Readonly<Partial<Record<Provider, boolean>>> = { node: true, fastify: true };

/** Each provider beside raw Fastify, and beside NestJS on Fastify where it is measured. */
export function startPairs(providers: readonly Provider[], size: Size, withPeers: boolean): readonly StartPair[] {
  return providers.flatMap((provider) => {
    const hasGoals = size > 1 && goals[provider] === true;
    const contestant = nameOf(provider);
    const raw: StartPair = { contestant, rival: rawFastify.name, goals: hasGoals ? { memory: 1.25 } : {} };
    const nest = { contestant, rival: nestOnFastify.name, goals: hasGoals ? { cpu: 0.5, wall: 0.5 } : {} };
    return withPeers ? [raw, nest] : [raw];
  });
}

function nameOf(provider: Provider): string {
  return `Bowline on ${provider}`;
}
