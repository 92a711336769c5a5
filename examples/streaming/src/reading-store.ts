import { Injectable } from 'bowline';

export interface Reading {
  readonly id: number;
  readonly sensor: string;
  readonly celsius: number;
}

const pageSize = 500;

/** Stands for a table that is larger than the memory: it is read page by page, as by the cursor of a database. */
@Injectable()
export class ReadingStore {
  /** Rows that were read so far, by all exports together. */
  rowsRead = 0;

  async *pages(rows: number): AsyncGenerator<readonly Reading[]> {
    for (let first = 1; first <= rows; first += pageSize) {
      // A database would be asked here.
      await new Promise((resolve) => setImmediate(resolve));
      const size = Math.min(pageSize, rows - first + 1);
      this.rowsRead += size;
      yield Array.from({ length: size }, (_, index) => readingOf(first + index));
    }
  }
}

function readingOf(id: number): Reading {
  return { id, sensor: `sensor-${id % 17}`, celsius: 15 + (id % 100) / 10 };
}
