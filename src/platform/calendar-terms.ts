/** A term of the calendar, such as a year: how many seconds it has depends on when it begins. */
export interface CalendarTerm {
  months: number;
  days: number;
}

const FORM = /^P(?:(\d{1,5})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,5})D)?$/;
const HOW = 'must be a duration such as "P1Y", "P6M", "P2W", "P30D" or "P1Y6M" (ISO 8601, without a time of day)';
const YEARS_MAX = 100;
const DAYS_A_YEAR = 365.25;
const DAY_SECONDS = 86_400;

/** Reads an ISO 8601 duration of whole days: from one day to a hundred years. */
export function readCalendarTerm(text: string): { ok: true; value: CalendarTerm } | { ok: false; reason: string } {
  const match = FORM.exec(text);
  if (match === null || text === "P") return { ok: false, reason: HOW };
  const [years = 0, months = 0, weeks = 0, days = 0] = match
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  const value = { months: years * 12 + months, days: weeks * 7 + days };
  if (value.months === 0 && value.days === 0) return { ok: false, reason: "must be one day or more" };
  if (value.months / 12 + value.days / DAYS_A_YEAR > YEARS_MAX) {
    return { ok: false, reason: `must be ${YEARS_MAX} years or less; for ever is no end at all (null)` };
  }
  return { ok: true, value };
}

/**
 * When a term ends that begins then, in Unix seconds: by the UTC calendar, at the same time of day. A month too short
 * for the day ends on its last one: a month after 31 January is 28 or 29 February. Months count before days.
 */
export function addCalendarTerm(unixSeconds: number, { months, days }: CalendarTerm): number {
  const start = new Date(unixSeconds * 1000);
  const month = start.getUTCMonth() + months;
  const lastDay = new Date(Date.UTC(start.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const day = Math.min(start.getUTCDate(), lastDay);
  const midnight = Date.UTC(start.getUTCFullYear(), month, day) / 1000;
  // UTC has no summer time: there every day is as long as any other.
  return midnight + (((unixSeconds % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS) + days * DAY_SECONDS;
}
