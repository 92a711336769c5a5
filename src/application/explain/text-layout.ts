/** How wide a line may be. */
const width = 110;

/** Wider cells push the rest of their line to the right, and not that of all others. */
const widestColumn = 34;

/** Lines whose cells stand below each other; the last one is wrapped in its own column. A text alone is a line of its own. */
export function aligned(rows: readonly (readonly string[] | string)[], indent: string): readonly string[] {
  const cells = rows.filter((row) => typeof row !== 'string');
  const count = Math.max(0, ...cells.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(0, ...cells.map((row) => row[column]?.length ?? 0).filter((length) => length <= widestColumn)),
  );
  return rows.flatMap((row) => {
    if (typeof row === 'string') return wrapped(row, indent);
    const head = row.slice(0, -1).map((cell, column) => `${cell.padEnd(widths[column] ?? 0)}  `);
    const last = row.at(-1) ?? '';
    return last === '' ? [(indent + head.join('')).trimEnd()] : wrapped(last, indent + head.join(''));
  });
}

/** One text behind `head`, broken between words, whatever follows below its beginning. */
export function wrapped(text: string, head: string): readonly string[] {
  const room = Math.max(40, width - head.length);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= room) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map((line, index) => (index === 0 ? head : ' '.repeat(head.length)) + line);
}

/** Milliseconds for people; 0 is what is switched off. */
export function inTime(milliseconds: number): string {
  if (milliseconds === 0) return 'none';
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${milliseconds / 1_000} s`;
}

/** Bytes for people, where they come out even. */
export function inBytes(bytes: number): string {
  if (bytes >= 1_048_576 && bytes % 1_048_576 === 0) return `${bytes / 1_048_576} MiB`;
  return bytes >= 1_024 && bytes % 1_024 === 0 ? `${bytes / 1_024} KiB` : `${bytes} bytes`;
}

/** `1 route`, `2 routes`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
