/** Median and range of what was measured in the rounds of one run. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** One figure of ours beside the same figure of something else, measured in turns. */
export interface Comparison {
  readonly measured: string;
  readonly against: string;
  readonly unit: string;
  readonly ours: Summary;
  readonly theirs: Summary;
  /** Ours ÷ theirs, round by round. */
  readonly ratio: Summary;
}

/** A figure with nothing to compare it with, such as memory. */
export interface Figure {
  readonly measured: string;
  readonly unit: string;
  readonly value: Summary;
}

export interface CaseResult {
  readonly comparisons: readonly Comparison[];
  readonly figures?: readonly Figure[];
}

/** What a case is given. */
export interface Bench {
  /** Of its own, on the disk of the checkout; removed at the end of the run. */
  readonly directory: string;
  readonly isLarge: boolean;
  /** Another checkout, to be measured beside this one. */
  readonly otherCheckout: string | undefined;
  say(text: string): void;
}

export interface BenchCase {
  readonly name: string;
  run(bench: Bench): Promise<CaseResult>;
}

export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const lower = sorted[Math.floor(middle)] ?? Number.NaN;
  const upper = sorted[Math.ceil(middle)] ?? Number.NaN;
  return { median: (lower + upper) / 2, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

export function compare(
  names: { readonly measured: string; readonly against: string; readonly unit: string },
  ours: readonly number[],
  theirs: readonly number[],
): Comparison {
  const ratios = ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
  return { ...names, ours: summarize(ours), theirs: summarize(theirs), ratio: summarize(ratios) };
}

/**
 * Measures every side once a round, so that whatever else the machine does meets all of them alike; each round begins
 * with another side.
 */
export async function inTurns<Name extends string, Result>(
  rounds: number,
  sides: Readonly<Record<Name, () => Promise<Result>>>,
): Promise<Record<Name, Result[]>> {
  const names = Object.keys(sides) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Result[]>;
  for (let round = 0; round < rounds; round++) {
    const start = round % names.length;
    for (const name of [...names.slice(start), ...names.slice(0, start)]) results[name].push(await sides[name]());
  }
  return results;
}

export function renderComparisons(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ measured, unit, against, ours, theirs, ratio }) => [
    ...[measured, unit, text(ours.median), against, text(theirs.median)],
    `${text(ratio.median)} (${text(ratio.min)}–${text(ratio.max)})`,
  ]);
  return renderTable([["measured", "unit", "ours", "against", "theirs", "ours ÷ theirs (min–max)"], ...rows]);
}

export function renderFigures(figures: readonly Figure[]): string {
  const rows = figures.map(({ measured, unit, value }) => [
    ...[measured, unit, `${text(value.median)} (${text(value.min)}–${text(value.max)})`],
  ]);
  return renderTable([["measured", "unit", "median (min–max)"], ...rows]);
}

function text(value: number): string {
  if (value >= 100) return String(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3);
}

/** A Markdown table, so that it can be pasted into a page or an issue. */
function renderTable(rows: readonly (readonly string[])[]): string {
  const [header = []] = rows;
  const widths = header.map((_, column) => Math.max(3, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(header), rule, ...rows.slice(1).map(line)].join("\n");
}
