import { describe, expect, test } from "vitest";
import { createTestClock } from "../testing/clock.ts";
import { createRecentAnswers } from "./recent-answers.ts";

describe("recent answers", () => {
  test("are given to whoever asks the same within ten seconds, and are then found anew", async () => {
    const clock = createTestClock(1_800_000_000);
    const ask = createRecentAnswers<number>(clock);
    let found = 0;
    const find = () => Promise.resolve(++found);
    expect(await Promise.all([ask("a", find), ask("a", find), ask("b", find)])).toEqual([1, 1, 2]);
    clock.advanceSeconds(9);
    expect(await ask("a", find)).toBe(1);
    clock.advanceSeconds(1);
    expect(await ask("a", find)).toBe(3);
  });

  test("of failures there are none: the next one asks again", async () => {
    const ask = createRecentAnswers<number>(createTestClock(1_800_000_000));
    await expect(ask("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await ask("a", () => Promise.resolve(7))).toBe(7);
  });
});
