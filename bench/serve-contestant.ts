import type { Contestant } from './contestants.js';

type Serve = (contestant: Contestant) => Promise<number>;

/** Loaded one by one, so that no framework weighs on the process of another. */
const servers: Readonly<Record<Contestant['server'], () => Promise<{ readonly serve: Serve }>>> = {
  bare: () => import('./servers/bare.js'),
  fastify: () => import('./servers/fastify.js'),
  express: () => import('./servers/express.js'),
  koa: () => import('./servers/koa.js'),
  hono: () => import('./servers/hono.js'),
  bowline: () => import('./servers/bowline.js'),
};

/** Opens a contestant on a free port of 127.0.0.1. */
export async function serveContestant(contestant: Contestant): Promise<number> {
  const { serve } = await servers[contestant.server]();
  return serve(contestant);
}
