/**
 * A text from outside (a description, a name, a URL, what git said) as one line that cannot steer the terminal:
 * white space becomes a space, and what else is a control character or turns the direction of writing a `\uFFFD`.
 */
export function plain(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\p{Cc}\p{Bidi_Control}]/gu, "\uFFFD");
}

/** The same for a whole answer, whose lines are ours. */
export function plainLines(text: string): string {
  return text
    .split("\n")
    .map((line) => line.replace(/[\p{Cc}\p{Bidi_Control}]/gu, "\uFFFD"))
    .join("\n");
}

/** `1 package`, `2 packages`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Rows as aligned columns under their headings. */
export function table(headings: string[], unsafeRows: string[][]): string {
  const rows = unsafeRows.map((row) => row.map(plain));
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

/** For programs, and harmless on a terminal: JSON itself leaves DEL and the C1 control characters as they are. */
export function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(
    /[\u007f-\u009f\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
