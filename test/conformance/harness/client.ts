import {
  request as requestPlain,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as requestSecure } from 'node:https';
import { certificate } from './certificate.js';

/** One request. At most one of the bodies is given. */
export interface Call {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent as JSON, with its Content-Type unless the headers have one. */
  readonly json?: unknown;
  /** Sent urlencoded, with its Content-Type unless the headers have one. */
  readonly form?: string;
  /** Sent as a multipart form, with its Content-Type unless the headers have one. */
  readonly multipart?: readonly FormPart[];
  /** Sent as it is, with its length. */
  readonly body?: string | Uint8Array;
  /** Sent chunk by chunk, without a length. */
  readonly chunks?: readonly (string | Uint8Array)[];
}

/** One field or file of a multipart form. */
export interface FormPart {
  readonly name: string;
  /** Makes a file of it; written as it is, with quotes around. */
  readonly fileName?: string;
  readonly type?: string;
  readonly headers?: readonly string[];
  readonly value: string | Uint8Array;
}

export const boundary = 'bowline-7MA4YWxkTrZu0gW';

/** The bytes of a multipart form. */
export function formOf(parts: readonly FormPart[]): Buffer {
  return Buffer.concat([
    ...parts.map((part) => Buffer.concat([partHead(part), Buffer.from(part.value), crlf])),
    formEnd,
  ]);
}

const crlf = Buffer.from('\r\n');
export const formEnd: Buffer = Buffer.from(`--${boundary}--\r\n`);

/** What stands before the bytes of a part. */
export function partHead({ name, fileName, type, headers = [] }: Omit<FormPart, 'value'>): Buffer {
  const file = fileName === undefined ? '' : `; filename="${fileName}"`;
  const lines = [
    `--${boundary}`,
    `Content-Disposition: form-data; name="${name}"${file}`,
    ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ...headers,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

/** One whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The names of the headers as they came over the wire. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly text: string;
  /** The body where it is JSON, undefined where it is not. */
  readonly json: unknown;
}

/** Sends one request on a connection of its own. The path goes out as it is given. */
export function send(base: string, method: string, path: string, call: Call = {}): Promise<Answer> {
  const { protocol, hostname, port } = new URL(base);
  const { body, type } = bodyOf(call);
  const headers: Record<string, string | readonly string[]> = {
    ...(type === undefined ? {} : { 'content-type': type }),
    // Node leaves it out where the method has usually no body.
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    ...call.headers,
  };
  const options: RequestOptions = {
    hostname,
    port,
    method,
    path,
    headers: headers as Record<string, string | string[]>,
    agent: false,
  };
  return new Promise((resolve, reject) => {
    const request =
      protocol === 'https:'
        ? requestSecure({ ...options, ca: certificate.cert, servername: 'localhost' })
        : requestPlain(options);
    request.on('response', (response) => {
      collect(response).then(resolve, reject);
    });
    request.on('error', reject);
    if (call.chunks === undefined) {
      request.end(body);
    } else {
      for (const chunk of call.chunks) request.write(chunk);
      request.end();
    }
  });
}

function bodyOf({ json, form, multipart, body }: Call): {
  readonly body: string | Uint8Array | undefined;
  readonly type: string | undefined;
} {
  if (json !== undefined) return { body: JSON.stringify(json), type: 'application/json' };
  if (form !== undefined) return { body: form, type: 'application/x-www-form-urlencoded' };
  if (multipart !== undefined) return { body: formOf(multipart), type: `multipart/form-data; boundary=${boundary}` };
  return { body, type: undefined };
}

async function collect(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const text = body.toString('utf8');
  const { statusCode: status = 0, headers, rawHeaders } = response;
  return { status, headers, rawHeaders, body, text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The answers in what a raw connection has received, cut by their Content-Length. */
export function answersIn(
  received: string,
): { readonly status: number; readonly head: string; readonly body: string }[] {
  const answers = [];
  for (let rest = received; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) break;
    const head = rest.slice(0, end);
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
    answers.push({ status: Number(head.split(' ')[1]), head, body: rest.slice(end + 4, end + 4 + length) });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}
