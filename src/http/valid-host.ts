import { isIPv6 } from 'node:net';

/** Nearly all there are: names whose last part is no number, which would make an address of them. */
const plainHost = /^(?:[\w-]+\.)*[a-z][\w-]*(?::\d{1,4})?$/i;
const punycode = /(?:^|\.)xn--/i;

/**
 * Whether a text is a host with or without a port, which may be empty (RFC 3986 3.2.3). Narrower than RFC 3986, whose names
 * may hold anything percent-encoded: what is no name of DNS and no address is a mistake, or is meant for a reader that
 * takes it for something else. What no URL can be made of is none, since frameworks make one.
 */
export function isValidHost(host: string): boolean {
  if (plainHost.test(host) && !punycode.test(host)) return true;
  const [, name = '', address, port] = /^(?:([\w.~-]*)|\[([\da-f:.]+)\])(?::(\d{0,5}))?$/i.exec(host) ?? [];
  if (address !== undefined ? !isIPv6(address) : name === '' && host !== '') return false;
  return (port === undefined || Number(port) <= 65_535) && (host === '' || URL.canParse(`http://${host}`));
}
