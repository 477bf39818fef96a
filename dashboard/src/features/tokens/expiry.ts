/** The same time of day some months later, where the browser is; the last day of a month that has no such day. */
export function addMonths(at: number, months: number): number {
  const date = new Date(at * 1000);
  const day = date.getDate();
  date.setDate(1);
  date.setMonth(date.getMonth() + months);
  const lastDay = new Date(date.getFullYear(), date.getMonth() + 1, 0).getDate();
  date.setDate(Math.min(day, lastDay));
  return Math.floor(date.getTime() / 1000);
}

/** What is paid for begins when the token would have ended, or now where it has ended already. */
export function extendedBy(months: number, expiresAt: number | null, now: number = Date.now() / 1000): number {
  return addMonths(Math.max(expiresAt ?? now, Math.floor(now)), months);
}

/** The last second of a day (`2027-01-31`) where the browser is. */
export function endOfDay(day: string): number {
  return Math.floor(new Date(`${day}T23:59:59`).getTime() / 1000);
}

/** The day of a time where the browser is, as a date input writes it. */
export function dayOf(at: number): string {
  const date = new Date(at * 1000);
  const pad = (part: number) => String(part).padStart(2, "0");
  return `${String(date.getFullYear()).padStart(4, "0")}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}
