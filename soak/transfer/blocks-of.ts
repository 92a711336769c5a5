import { Readable } from 'node:stream';

const block = Buffer.alloc(65_536, 'what is in it does not matter, but how much of it there is\n');

/** So many bytes, made as they are taken. */
export function blocksOf(bytes: number): Readable {
  let left = bytes;
  return new Readable({
    highWaterMark: block.length,
    read() {
      const piece = left < block.length ? block.subarray(0, left) : block;
      left -= piece.length;
      this.push(piece.length === 0 ? null : piece);
    },
  });
}
