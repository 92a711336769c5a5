/** The first column is for names, and so is each whose cells are words. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A table for a terminal: words to the left, figures to the right. */
export function toTable(table: Table): string {
  const [head = [], ...rows] = padded(table);
  const rule = head.map((cell) => '-'.repeat(cell.length));
  return [head, rule, ...rows].map((line) => `  ${line.join('  ').trimEnd()}`).join('\n');
}

/** The same for a page. */
export function toMarkdown(table: Table): string {
  const [head = [], ...rows] = padded(table, 3);
  const rule = head.map((cell, column) =>
    isOfWords(table, column) ? '-'.repeat(cell.length) : `${'-'.repeat(cell.length - 1)}:`,
  );
  return [head, rule, ...rows].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** Head and rows, all cells of a column as wide as its widest. */
function padded(table: Table, minimum = 0): readonly (readonly string[])[] {
  const lines = [table.head, ...table.rows];
  const widths = table.head.map((_, column) => Math.max(minimum, ...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line.map((cell, column) => {
      const width = widths[column] ?? 0;
      return isOfWords(table, column) ? cell.padEnd(width) : cell.padStart(width);
    }),
  );
}

/** Two figures between which something lies. */
export function pairText(low: number, high: number, digits: number): string {
  return `${low.toFixed(digits)} - ${high.toFixed(digits)}`;
}

function isOfWords({ rows }: Table, column: number): boolean {
  return rows.some((row) => /^[a-z]/i.test(row[column] ?? ''));
}
