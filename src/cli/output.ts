/** Rows as aligned columns under their headings. */
export function table(headings: string[], rows: string[][]): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  return [line(headings), ...rows.map(line)].join("\n");
}

/** A point in time for people, to the minute, UTC. */
export function when(unixSeconds: number | null): string {
  return unixSeconds === null ? "-" : new Date(unixSeconds * 1000).toISOString().slice(0, 16).replace("T", " ");
}

export function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}
