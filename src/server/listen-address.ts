import type { AddressInfo } from 'node:net';

/** Where a server listens: a port, or a Unix socket in place of it. */
export interface ListenAddress {
  /** 0 takes a free one. */
  readonly port?: number | undefined;
  /** @default all interfaces */
  readonly host?: string | undefined;
  readonly path?: string | undefined;
}

/** As sentences name it: `127.0.0.1:3000`, or the path. */
export function describeAddress({ port = 0, host, path }: ListenAddress): string {
  if (path !== undefined) return path;
  return host === undefined ? `port ${port}` : `${inUrl(host)}:${port}`;
}

/** Where a client on this machine reaches it. A Unix socket's path is percent-encoded in place of the host. */
export function urlOf(address: AddressInfo | string, secure: boolean): string {
  const scheme = secure ? 'https' : 'http';
  if (typeof address === 'string') return `${scheme}+unix://${encodeURIComponent(address)}`;
  const everywhere = address.address === '::' || address.address === '0.0.0.0';
  return `${scheme}://${everywhere ? '127.0.0.1' : inUrl(address.address)}:${address.port}`;
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
