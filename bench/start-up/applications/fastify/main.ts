import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { accounts } from './accounts.js';

export async function serve(): Promise<number> {
  const app = fastify();
  // Called and not registered, which would make an instance for each: the least that it can cost.
  for (const account of accounts) account(app);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}
