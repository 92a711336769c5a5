/** What the header of a part says of it. */
export interface Disposition {
  readonly name: string;
  /** Undefined for a field; empty for a file input in which nothing was chosen. */
  readonly fileName: string | undefined;
}

const parameter = /;\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\[^])*)"|([^\s;"]+))\s*/gy;

/**
 * Reads the Content-Disposition of a part of a form (RFC 7578 4.2), a string of bytes; undefined where it is none. Browsers
 * write `"` as %22 and put backslashes as they are; other clients escape both.
 */
export function parseDisposition(header: string): Disposition | undefined {
  const type = /^\s*form-data\s*/i.exec(header)?.[0];
  if (type === undefined) return undefined;
  const parameters = new Map<string, string>();
  parameter.lastIndex = type.length;
  let end = type.length;
  for (let match = parameter.exec(header); match !== null; match = parameter.exec(header)) {
    const [, key = '', quoted, plain = ''] = match;
    const lower = key.toLowerCase();
    // Two readers that take different ones of two names would see two different forms.
    if (parameters.has(lower)) return undefined;
    parameters.set(lower, quoted === undefined ? plain : quoted.replaceAll(/\\(["\\])/g, '$1'));
    end = parameter.lastIndex;
  }
  if (!/^[;\s]*$/.test(header.slice(end))) return undefined;
  const name = textOf(parameters.get('name'));
  const plainName = parameters.get('filename');
  const fileName = plainName === undefined ? extendedValue(parameters.get('filename*')) : textOf(plainName);
  if (name === undefined || (fileName === undefined && plainName !== undefined)) return undefined;
  return { name, fileName };
}

/** Undefined where the bytes are not UTF-8. */
function textOf(bytes: string | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const text = decode(bytes);
  // The three escapes of the form-data encoding of the Web.
  return text?.replaceAll(/%(?:0A|0D|22)/gi, (escape) => decodeURIComponent(escape));
}

function decode(bytes: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return undefined;
  }
}

/** `UTF-8''na%C3%AFve.txt`, which some clients send in place of a plain name. */
function extendedValue(value: string | undefined): string | undefined {
  const encoded = /^utf-8'[^']*'(.*)$/i.exec(value ?? '')?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
