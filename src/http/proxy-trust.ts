import { createRequire } from 'node:module';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { isValidHost } from './valid-host.js';

/** Whether the peer at `address` is a proxy whose word counts; `hop` is 0 for the one that is connected to us. */
export type Trust = (address: string, hop: number) => boolean;

/**
 * Which proxies are believed: how many there are in front of the server, or their addresses as CIDR ranges (or `loopback`,
 * `linklocal`, `uniquelocal`), or a function that says so.
 */
export type TrustProxyOption = number | string | readonly string[] | Trust;

type ProxyAddr = typeof import('proxy-addr');

/** Loaded where a proxy is trusted, which few servers of a test or a workstation do. */
function proxyAddr(): ProxyAddr {
  return createRequire(import.meta.url)('proxy-addr') as ProxyAddr;
}

/** Throws a TypeError for what is no address or range. */
export function compileTrust(option: TrustProxyOption): Trust {
  if (typeof option === 'number') return (_address, hop) => hop < option;
  if (typeof option === 'function') return option;
  return proxyAddr().compile(typeof option === 'string' ? option.split(',').map((part) => part.trim()) : [...option]);
}

/** What is used of a request, whose own socket may be gone. */
export interface Forwarding extends Pick<IncomingMessage, 'headers'> {
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** What trusted proxies say of a request. The right-hand end of each list is the word of the nearest one. */
export class ForwardedRequest {
  readonly #request: Forwarding;
  readonly #trust: Trust;

  constructor(request: Forwarding, trust: Trust) {
    this.#request = request;
    this.#trust = trust;
  }

  /**
   * From the client to the last proxy but one, as far as they are believed and are addresses; empty where nobody says
   * anything.
   */
  get addresses(): readonly string[] {
    const { headers, socket } = this.#request;
    const said = headers['x-forwarded-for'];
    if (typeof said !== 'string') return [];
    const addresses: string[] = [];
    let proxy = socket.remoteAddress ?? local;
    for (const [hop, entry] of said.split(',').toReversed().entries()) {
      const address = this.#trust(proxy, hop) ? toAddress(entry.trim()) : undefined;
      if (address === undefined) break;
      addresses.push(address);
      proxy = address;
    }
    return addresses.toReversed();
  }

  get protocol(): 'http' | 'https' | undefined {
    const value = this.last('x-forwarded-proto')?.toLowerCase();
    return value === 'http' || value === 'https' ? value : undefined;
  }

  /** A name or address with or without a port; nothing else is taken for one. */
  get host(): string | undefined {
    const value = this.last('x-forwarded-host')?.replace(/:$/, '');
    return value !== undefined && value !== '' && isValidHost(value) ? value : undefined;
  }

  get id(): string | undefined {
    const value = this.last('x-request-id');
    return value !== undefined && idPattern.test(value) ? value : undefined;
  }

  /** The word of the nearest proxy in a header, where it is believed. */
  last(name: string): string | undefined {
    const { headers, socket } = this.#request;
    const value = headers[name];
    if (typeof value !== 'string' || !this.#trust(socket.remoteAddress ?? local, 0)) return undefined;
    return value.slice(value.lastIndexOf(',') + 1).trim();
  }
}

/** Who is connected by a Unix socket is on this machine. */
const local = '127.0.0.1';

/** Some proxies name the port of the client too, and put brackets round an address of IPv6 then. */
function toAddress(entry: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[(.+)\]|([\d.]+))(?::\d{1,5})?$/.exec(entry) ?? [];
  const address = bracketed ?? plain ?? entry;
  return isIP(address) === 0 ? undefined : address;
}

const idPattern = /^[\w.:+/=-]{1,128}$/;
