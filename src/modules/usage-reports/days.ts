export const DAY_SECONDS = 86_400;

/** Of the day in UTC. */
export function startOfDay(seconds: number): number {
  return seconds - (seconds % DAY_SECONDS);
}

/** The start of every day from one to the other, both included, so that a chart has no holes. */
export function everyDay(first: number, last: number): number[] {
  const count = Math.floor((startOfDay(last) - startOfDay(first)) / DAY_SECONDS) + 1;
  return Array.from({ length: count }, (_, index) => startOfDay(first) + index * DAY_SECONDS);
}
