const headerName = /^[\w!#$%&'*+.^`|~-]+$/;
const badHeaderValue = /[^\t\u0020-\u007e\u0080-\u00ff]/;

/** They say how a message is framed or what becomes of its connection. */
const serverHeaders = ['transfer-encoding', 'trailer', 'upgrade'];

/**
 * Checked where the mistake is made: when the answer is half written nobody can be told any more. A line break would let a
 * value add headers of its own.
 */
export function checkHeader(name: string, value: string | readonly string[]): void {
  if (!headerName.test(name)) throw new TypeError(`'${name}' is not the name of a header.`);
  const lower = name.toLowerCase();
  if (serverHeaders.includes(lower)) throw new TypeError(`The header '${name}' is for the server to set.`);
  if (lower === 'content-type' && typeof value !== 'string') throw new TypeError('An answer has one Content-Type.');
  for (const each of typeof value === 'string' ? [value] : value) {
    if (typeof each !== 'string') throw new TypeError(`The header '${name}' has a value that is no string.`);
    if (badHeaderValue.test(each)) throw new TypeError(`The header '${name}' has a value that no header can hold.`);
  }
}
