import { Duplex, pipeline as connect, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';

/** What is asked for where bodies are inflated. */
export const acceptedEncodings = 'gzip, deflate, br';

interface Coding {
  readonly whole: (body: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;
  readonly stream: () => Duplex;
}

const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const inflateZlib = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate);
const inflateRaw = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflateRaw);
const unbrotli = promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress);

const gzip: Coding = { whole: gunzip, stream: () => zlib.createGunzip() };

const codings: ReadonlyMap<string, Coding> = new Map([
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['br', { whole: unbrotli, stream: () => zlib.createBrotliDecompress() }],
  // Some servers leave out the frame of zlib that RFC 9110, section 8.4.1.2, wants.
  [
    'deflate',
    {
      whole: (body, options) => (isFramed(body) ? inflateZlib(body, options) : inflateRaw(body, options)),
      stream: () => Duplex.from(inflateEither),
    },
  ],
]);

/** Method 8 is the only one that there is (RFC 1950, section 2.2); no stream without a frame begins so. */
function isFramed(body: Buffer): boolean {
  return (body[0] ?? 0) % 16 === 8;
}

/** Whether there is a frame the first byte says, which may come long after the head. */
async function* inflateEither(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const pieces = body[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (first.done === true) return;
  const inflated = isFramed(first.value) ? zlib.createInflate() : zlib.createInflateRaw();
  const all = async function* (): AsyncGenerator<Buffer> {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => pieces };
  };
  yield* connect(all, inflated, () => {});
}

/** The coding by its name in `content-encoding`; undefined where nothing is to be inflated. Throws a text where nobody can. */
export function codingOf(header: string | undefined): Coding | undefined {
  const name = header?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return undefined;
  const coding = codings.get(name);
  if (coding === undefined) throw new Error(`it is encoded as '${name}', which was not asked for`);
  return coding;
}

/** True for the error of a body that would be longer than allowed. */
export function isTooLong(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'ERR_BUFFER_TOO_LARGE';
}

/** The same stream, inflated; when one of the two ends or is destroyed, so is the other. */
export function inflateStream(body: Readable, { stream }: Coding): Readable {
  const inflated = stream();
  // Whoever reads hears of an error by the stream that is read, and until somebody does nobody needs to.
  inflated.on('error', () => {});
  return connect(body, inflated, () => {});
}
