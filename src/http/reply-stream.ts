import { PassThrough, Readable, Transform } from 'node:stream';

/** What is sent piece by piece, as a Node stream; undefined for any other object. */
export function toReadable(value: object): Readable | undefined {
  if (value instanceof Readable && (!value.readableObjectMode || value.destroyed || value.readableEnded)) return value;
  if (Symbol.asyncIterator in value && !('getReader' in value)) {
    // A piece that is neither text nor bytes is an error of the stream; Node's response would throw it at nobody.
    return Readable.from(value as AsyncIterable<unknown>, { objectMode: false });
  }
  if (typeof (value as { getReader?: unknown }).getReader === 'function')
    return Readable.fromWeb(value as Parameters<typeof Readable.fromWeb>[0]);
  if (typeof (value as { pipe?: unknown }).pipe === 'function')
    return new Readable().wrap(value as NodeJS.ReadableStream);
  return undefined;
}

/** Whether there is something to send, as soon as that is known. Rejects where the stream fails before, or was read already. */
export function hasPiece(source: Readable): Promise<boolean> {
  if (source.errored !== null) return Promise.reject(source.errored);
  if (source.readableEnded || source.destroyed) return Promise.reject(new Error('The stream has been read already.'));
  if (source.readableLength > 0) return Promise.resolve(true);
  return new Promise((resolve, reject) => {
    const off = (): void => void source.off('readable', onReadable).off('end', onEnd).off('close', onClose);
    const onReadable = (): void => {
      if (source.readableLength === 0) {
        // Emitted before the end, too; reading nothing is what makes that come.
        source.read(0);
        return;
      }
      off();
      resolve(true);
    };
    const onEnd = (): void => {
      off();
      resolve(false);
    };
    const onClose = (): void => {
      off();
      reject(source.errored ?? new Error('The stream was destroyed before its first piece.'));
    };
    source.on('readable', onReadable).on('end', onEnd).on('close', onClose);
  });
}

/** Lets exactly `length` bytes pass: any other number would shift what the client takes for the next answer. */
export function exactly(length: number, source: Readable): Readable {
  let left = length;
  const check = new Transform({
    transform(piece: Buffer, _encoding, done) {
      left -= piece.length;
      if (left < 0) done(new Error(`The stream has more than the ${length} bytes that its Content-Length says.`));
      else done(null, piece);
    },
    flush(done) {
      done(left === 0 ? null : new Error(`The stream ends ${left} bytes before its Content-Length of ${length}.`));
    },
  });
  return through(source, check);
}

/** The same pieces, and `atEnd` behind the last one, before anybody is told that it was the last. */
export function followedBy(source: Readable, atEnd: () => Promise<void>): Readable {
  const wait = new Transform({
    transform: (piece: Buffer, _encoding, done) => done(null, piece),
    flush: (done) => void atEnd().then(() => done(), done),
  });
  return through(source, wait);
}

/** Neither of the two outlives a failure of the other. */
function through(source: Readable, next: Transform): Readable {
  source.on('error', (error) => next.destroy(error));
  source.on('close', () => {
    if (!source.readableEnded) next.destroy(source.errored ?? new Error('The stream was destroyed before its end.'));
  });
  next.on('close', () => source.destroy());
  return source.pipe(next);
}

/**
 * The same pieces, and no error at the end: for frameworks that would answer one in a way of their own. Whoever gives the
 * source cuts the connection then.
 */
export function unfailing(source: Readable): Readable {
  return source.pipe(new PassThrough());
}
