import { BowlineError, describeValue, nearestName } from '../foundation/index.js';
import type { ListenAddress } from '../server/index.js';

/** Where `main` listens: a port, or an address. An aborted `signal` closes the application. */
export type ListenTarget = number | (ListenAddress & { readonly signal?: AbortSignal });

/** What was given, with the rest of what the server was declared with. A path stands for itself. */
export function addressBeside({ port, host, path }: ListenAddress, given: ListenAddress): ListenAddress {
  if (given.path !== undefined) return { path: given.path };
  if (given.port === undefined && given.host === undefined) return { port, host, path };
  return { port: given.port ?? port, host: given.host ?? host };
}

const addressMembers = ['port', 'host', 'path', 'signal'];

/** What was given to listen, checked: throws BOW_OPTION_UNKNOWN and BOW_OPTION_INVALID. */
export function addressOf(target: unknown): ListenAddress & { readonly signal?: AbortSignal } {
  const given = typeof target === 'object' && target !== null ? (target as Exclude<ListenTarget, number>) : {};
  const address = given === target || target === undefined ? given : { port: target as number };
  const unknown = Object.keys(address).find((name) => !addressMembers.includes(name));
  if (unknown !== undefined) {
    throw new BowlineError('BOW_OPTION_UNKNOWN', {
      option: `listen({ ${unknown} })`,
      nearest: nearestName(unknown, addressMembers),
      known: addressMembers,
    });
  }
  checkAddress(address);
  return address;
}

function checkAddress({ port, host, path }: ListenAddress): void {
  if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535)) {
    throw new BowlineError('BOW_OPTION_INVALID', {
      option: 'listen(port)',
      got: describeValue(port),
      expected: 'a whole number from 0 to 65535',
    });
  }
  if (path !== undefined && (port !== undefined || host !== undefined)) {
    throw new BowlineError('BOW_OPTION_INVALID', {
      option: 'listen({ path })',
      got: 'given beside a port or host',
      expected: 'given alone',
    });
  }
}
