import { expect, test } from "vitest";
import { readDays, writeDays } from "./reminder-days.ts";

test("days of reminders are read as people write them, and what the server would refuse is told before", () => {
  expect(readDays(" 3,14 ; 30 ")).toEqual({ days: [3, 14, 30] });
  expect(readDays("")).toEqual({ days: [] });
  for (const text of ["0", "366", "1.5", "soon", "-3", "3, 3", "1 2 3 4 5 6"]) {
    expect(readDays(text).problem, text).toBeDefined();
  }
  expect(writeDays([3, 30])).toBe("30, 3");
  expect(writeDays(null)).toBe("14, 3");
  expect(writeDays([])).toBe("");
});
