import fc from "fast-check";
import { expect, test } from "vitest";
import { addCalendarTerm, readCalendarTerm } from "./calendar-terms.ts";

const at = (iso: string) => Date.parse(iso) / 1000;
const iso = (unixSeconds: number) => new Date(unixSeconds * 1000).toISOString().slice(0, 19);

function after(from: string, text: string): string {
  const term = readCalendarTerm(text);
  if (!term.ok) throw new Error(term.reason);
  return iso(addCalendarTerm(at(`${from}Z`), term.value));
}

test.each([
  ["2026-01-31T12:34:56", "P1M", "2026-02-28T12:34:56"],
  ["2028-01-31T00:00:00", "P1M", "2028-02-29T00:00:00"],
  ["2028-02-29T23:59:59", "P1Y", "2029-02-28T23:59:59"],
  ["2028-02-29T23:59:59", "P4Y", "2032-02-29T23:59:59"],
  ["2096-02-29T00:00:00", "P4Y", "2100-02-28T00:00:00"],
  ["2027-02-28T00:00:00", "P1Y", "2028-02-28T00:00:00"],
  ["2026-12-31T00:00:00", "P2M", "2027-02-28T00:00:00"],
  ["2026-08-31T00:00:00", "P6M", "2027-02-28T00:00:00"],
  ["2026-03-28T00:30:00", "P30D", "2026-04-27T00:30:00"],
  ["2026-12-30T00:00:00", "P2W", "2027-01-13T00:00:00"],
  ["2026-01-31T00:00:00", "P1M1D", "2026-03-01T00:00:00"],
  ["2026-01-31T00:00:00", "P1Y1M1W1D", "2027-03-08T00:00:00"],
  ["2026-11-30T00:00:00", "P100Y", "2126-11-30T00:00:00"],
  ["2026-11-30T00:00:00", "P12M", "2027-11-30T00:00:00"],
])("a term that begins at %s and lasts %s ends at %s", (from, text, end) => {
  expect(after(from, text)).toBe(end);
});

test.each(["", "P", "P0D", "P0Y0M", "1Y", "p1y", "P1", "P-1Y", "-P1Y", "P1.5Y", "P1Y2", "PT24H", "P1DT1H", "P1M1Y"])(
  "%j is no term, and why is said",
  (text) => {
    expect(readCalendarTerm(text)).toMatchObject({ ok: false, reason: expect.stringMatching(/^must be /) as string });
  },
);

test.each(["P101Y", "P1201M", "P99999D", "P100Y1D", "P99999W"])("%s is longer than a hundred years", (text) => {
  expect(readCalendarTerm(text)).toMatchObject({ ok: false, reason: expect.stringContaining("100 years") as string });
});

const anyTime = fc.integer({ min: at("1970-01-01T00:00:00Z"), max: at("2200-01-01T00:00:00Z") });
const anyTerm = fc.record({ months: fc.integer({ min: 0, max: 1200 }), days: fc.integer({ min: 0, max: 36_525 }) });

test("keeps the time of day, and the day of the month unless that month is too short for it", () => {
  fc.assert(
    fc.property(anyTime, fc.integer({ min: 1, max: 1200 }), (from, months) => {
      const [before, ended] = [new Date(from * 1000), new Date(addCalendarTerm(from, { months, days: 0 }) * 1000)];
      expect(iso(ended.getTime() / 1000).slice(11)).toBe(iso(from).slice(11));
      const passed = (date: Date) => date.getUTCFullYear() * 12 + date.getUTCMonth();
      expect(passed(ended) - passed(before)).toBe(months);
      const dayAfter = new Date(ended.getTime() + 86_400_000);
      const isClamped = ended.getUTCDate() < before.getUTCDate();
      expect(isClamped ? dayAfter.getUTCDate() : ended.getUTCDate()).toBe(isClamped ? 1 : before.getUTCDate());
    }),
  );
});

test("ends later than it begins, and later the longer it is or the later it begins", () => {
  fc.assert(
    fc.property(anyTime, fc.nat(86_400 * 400), anyTerm, fc.integer({ min: 1, max: 40 }), (from, later, term, more) => {
      const end = addCalendarTerm(from, term);
      expect(end).toBeGreaterThanOrEqual(from);
      expect(addCalendarTerm(from, { ...term, days: term.days + more })).toBe(end + more * 86_400);
      expect(addCalendarTerm(from, { ...term, months: term.months + more })).toBeGreaterThan(end);
      // Of the last days of a month several end on one day; none ends before an earlier one.
      const dayOf = (unixSeconds: number) => Math.floor(unixSeconds / 86_400);
      expect(dayOf(addCalendarTerm(from + later, term))).toBeGreaterThanOrEqual(dayOf(end));
    }),
  );
});
