import { describe, expect, test } from "vitest";
import { addMonths, dayOf, endOfDay, extendedBy } from "./expiry.ts";

const at = (text: string) => Math.floor(new Date(text).getTime() / 1000);

describe("how long a token lasts", () => {
  test("a year later is the same day and time", () => {
    expect(addMonths(at("2026-11-24T10:30:00"), 12)).toBe(at("2027-11-24T10:30:00"));
  });

  test("a month has its own last day, and a leap day is not lost", () => {
    expect(addMonths(at("2027-01-31T10:00:00"), 1)).toBe(at("2027-02-28T10:00:00"));
    expect(addMonths(at("2028-02-29T10:00:00"), 12)).toBe(at("2029-02-28T10:00:00"));
    expect(addMonths(at("2026-12-15T10:00:00"), 1)).toBe(at("2027-01-15T10:00:00"));
  });

  test("an extension begins at the old end, and now when that has passed", () => {
    const now = at("2026-11-24T12:00:00");
    expect(extendedBy(12, at("2026-12-01T00:00:00"), now)).toBe(at("2027-12-01T00:00:00"));
    expect(extendedBy(12, at("2026-01-01T00:00:00"), now)).toBe(at("2027-11-24T12:00:00"));
  });

  test("a chosen day counts to its end, and is shown as the day that was chosen", () => {
    expect(endOfDay("2027-01-31")).toBe(at("2027-01-31T23:59:59"));
    expect(dayOf(endOfDay("2027-01-31"))).toBe("2027-01-31");
  });
});
