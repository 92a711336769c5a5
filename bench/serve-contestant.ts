import type { Contestant, PeerServer } from './contestants.js';

type Serve = (contestant: Contestant) => Promise<number>;

/** Loaded one by one, so that no framework weighs on the process of another. */
const servers: Readonly<Record<Contestant['server'], () => Promise<{ readonly serve: Serve }>>> = {
  bare: () => import('./servers/bare.js'),
  fastify: () => import('./servers/fastify.js'),
  express: () => import('./servers/express.js'),
  koa: () => import('./servers/koa.js'),
  hono: () => import('./servers/hono.js'),
  bowline: () => import('./servers/bowline.js'),
  'nest-fastify': () => importPeer('nest-fastify'),
  'nest-express': () => importPeer('nest-express'),
  'inversify-fastify': () => importPeer('inversify-fastify'),
  'inversify-express': () => importPeer('inversify-express'),
  'tsed-express': () => importPeer('tsed-express'),
};

/** By a path that the compiler does not follow: what they need is installed in a folder of their own, or not at all. */
function importPeer(name: PeerServer): Promise<{ readonly serve: Serve }> {
  return import(new URL(`peers/${name}.js`, import.meta.url).href) as Promise<{ readonly serve: Serve }>;
}

/** Opens a contestant on a free port of 127.0.0.1. */
export async function serveContestant(contestant: Contestant): Promise<number> {
  const { serve } = await servers[contestant.server]();
  return serve(contestant);
}
