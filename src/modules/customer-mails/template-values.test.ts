import { expect, test } from "vitest";
import { templateDate } from "./template-values.ts";

const at = (text: string) => Date.parse(text) / 1000;

// "expires on 28 February" was read as if the 28th were paid for: of an end at 00:00 nothing of that day is.
test.each([
  ["00:00 UTC", "2029-02-28T00:00:00Z", "UTC", "27 February 2029", "the end of 27 February 2029 (UTC)"],
  ["the last second of a day", "2029-02-28T23:59:59Z", "UTC", "28 February 2029", "the end of 28 February 2029 (UTC)"],
  ["the first second of a day", "2029-02-28T00:00:01Z", "UTC", "28 February 2029", "28 February 2029, 00:00 (UTC)"],
  ["some time", "2027-01-15T08:05:00Z", "UTC", "15 January 2027", "15 January 2027, 08:05 (UTC)"],
  ["a leap day", "2028-03-01T00:00:00Z", "UTC", "29 February 2028", "the end of 29 February 2028 (UTC)"],
  [
    "the vendor's midnight, which is the day before in UTC",
    ...["2029-02-27T23:00:00Z", "Europe/Berlin", "27 February 2029", "the end of 27 February 2029 (Europe/Berlin)"],
  ],
  [
    "the vendor's midnight in summer",
    ...["2029-06-30T22:00:00Z", "Europe/Berlin", "30 June 2029", "the end of 30 June 2029 (Europe/Berlin)"],
  ],
  [
    "00:00 UTC where it is evening",
    ...["2029-02-28T00:00:00Z", "America/New_York", "27 February 2029", "27 February 2029, 19:00 (America/New_York)"],
  ],
  [
    "a day that begins at 01:00, when the clock is put forward at midnight",
    ...[
      "2017-10-15T03:00:00Z",
      "America/Sao_Paulo",
      "14 October 2017",
      "the end of 14 October 2017 (America/Sao_Paulo)",
    ],
  ],
])("an end at %s is told by the last day that counts", (_when, end, timeZone, long, until) => {
  expect(templateDate(at(end), timeZone)).toMatchObject({ long, until, iso: end });
});

test("the date in numbers is that of the last day, too", () => {
  expect(templateDate(at("2029-01-01T00:00:00Z"), "UTC").date).toBe("2028-12-31");
  expect(templateDate(at("2028-12-31T12:00:00Z"), "Pacific/Auckland").date).toBe("2029-01-01");
});
