import { expect, test } from "vitest";
import { createTestClock } from "../../testing/clock.ts";
import { RepeatedLines } from "./repeated-lines.ts";

function setUp(kindsMax?: number) {
  const clock = createTestClock();
  const lines: object[] = [];
  const repeated = new RepeatedLines(clock, (facts) => lines.push(facts), kindsMax);
  const add = (subject: string, detail: string) => repeated.add({ subject, detail }, { subject, detail });
  return { clock, lines, add };
}

test("the first line of a kind is written at once, the others as a number a minute later, also when no more come", () => {
  const { clock, lines, add } = setUp();
  for (let count = 0; count < 30; count++) add("192.0.2.1", "/a");
  add("192.0.2.1", "/b");
  expect(lines).toEqual([
    { subject: "192.0.2.1", detail: "/a" },
    { subject: "192.0.2.1", detail: "/b" },
  ]);
  clock.advanceSeconds(60);
  // Somebody else's line is what brings it up.
  add("192.0.2.2", "/a");
  expect(lines.slice(2)).toEqual([
    { subject: "192.0.2.2", detail: "/a" },
    { subject: "192.0.2.1", detail: "/a", repeated: 29 },
  ]);
  add("192.0.2.1", "/a");
  expect(lines.slice(4)).toEqual([{ subject: "192.0.2.1", detail: "/a" }]);
});

test("whoever varies the detail fills the log with a few lines a minute, and nothing is left out of the count", () => {
  const { clock, lines, add } = setUp();
  for (let index = 0; index < 1_000; index++) add("192.0.2.1", `/${index}`);
  add("192.0.2.2", "/a");
  expect(lines).toHaveLength(22);
  clock.advanceSeconds(60);
  add("192.0.2.3", "/a");
  const numbers = lines.map((line) => 1 + ("repeated" in line ? (line.repeated as number) - 1 : 0));
  expect(lines).toHaveLength(24);
  expect(numbers.reduce((sum, number) => sum + number, 0)).toBe(1_002);
});

test("more kinds than are remembered are written, with what was counted of those that made room", () => {
  const { lines, add } = setUp(2);
  for (const subject of ["a", "a", "a", "b", "c"]) add(subject, "x");
  expect(lines).toEqual([
    { subject: "a", detail: "x" },
    { subject: "b", detail: "x" },
    { subject: "c", detail: "x" },
    { subject: "a", detail: "x", repeated: 2 },
  ]);
});
