const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const DATE_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** "3 hours ago", "in 2 months", "just now". */
export function relativeTime(at: number, now = Date.now() / 1000): string {
  const seconds = at - now;
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return RELATIVE.format(Math.trunc(seconds / size), unit);
  }
  return seconds > 0 ? "in a moment" : "just now";
}

export function formatDate(at: number): string {
  return DATE.format(at * 1000);
}

/** A point in time from Unix seconds; the exact one on hover. */
export function Time({ at, as = "relative" }: { at: number; as?: "relative" | "date" | "date-time" }) {
  const date = new Date(at * 1000);
  const text = as === "relative" ? relativeTime(at) : (as === "date" ? DATE : DATE_TIME).format(date);
  return (
    <time dateTime={date.toISOString()} title={FULL.format(date)} className="whitespace-nowrap">
      {text}
    </time>
  );
}
