import { describe, expect, test } from "vitest";
import { createTestClock } from "../testing/clock.ts";
import { createRateLimiter } from "./rate-limiter.ts";
import { WaitingLines } from "./waiting-lines.ts";
import type { LineLimits, Outcome } from "./waiting-lines.ts";

function startLines(more: Partial<LineLimits> = {}) {
  const clock = createTestClock();
  const limiter = createRateLimiter(clock, { windowSeconds: 60 });
  const limits = { waitMsMax: 20_000, lengthMax: 500, waitingMax: 2_000, windowSeconds: 60, ...more };
  const lines = new WaitingLines(clock, limiter, limits);
  const done: string[] = [];
  const enter = async (name: string, limit: number, signal = new AbortController().signal) => {
    const outcome = await lines.enter(name.slice(0, 1), limit, () => signal);
    done.push(`${name} ${summary(outcome)}`);
  };
  /** Lets everything happen that is due. */
  const settle = async () => await new Promise<void>((resolve) => setImmediate(resolve));
  return { clock, limiter, lines, done, enter, settle };
}

function summary(outcome: Outcome): string {
  if (outcome.kind === "refused") return `${outcome.why} ${outcome.retryAfterSeconds}`;
  return outcome.hasWaited ? "waited" : "at once";
}

describe("a line in front of a limit", () => {
  test("lets in by the order of arrival, each when one is free to the second, and is gone when it is empty", async () => {
    const { clock, lines, done, enter, settle } = startLines();
    for (const name of ["a1", "a2", "a3", "a4"]) void enter(name, 2);
    await settle();
    expect(done).toEqual(["a1 at once", "a2 at once", "a4 full 60"]);
    clock.advanceSeconds(19);
    await settle();
    expect(done).toHaveLength(3);
    clock.advanceSeconds(1);
    await settle();
    // One is free every 30 seconds: nobody waits for longer than 20.
    expect(done.slice(3)).toEqual(["a3 late 60"]);
    expect([lines.isAnybodyIn("a"), clock.alarmCount()]).toEqual([false, 0]);
    for (let index = 0; index < 100; index++) void enter("b", 60);
    for (const name of ["b1", "b2", "b3"]) void enter(name, 60);
    await settle();
    done.length = 0;
    clock.advanceSeconds(20);
    await settle();
    expect(done.filter((text) => text === "b waited")).toHaveLength(19);
    expect(done.filter((text) => text.startsWith("b late"))).toHaveLength(1);
    expect(clock.alarmCount()).toBe(0);
  });

  test("of one name holds up nobody else's, and bounds how many wait, of a name and of all", async () => {
    const { done, enter, settle, lines, clock } = startLines({ lengthMax: 2, waitingMax: 3 });
    for (let index = 0; index < 60; index++) void enter("a", 60);
    for (let index = 0; index < 60; index++) void enter("b", 60);
    await settle();
    done.length = 0;
    for (const name of ["a1", "a2", "a3", "b1", "b2", "c1"]) void enter(name, 60);
    await settle();
    expect(done).toEqual(["a3 full 3", "b2 full 2", "c1 at once"]);
    clock.advanceSeconds(2);
    await settle();
    expect(done.slice(3).sort()).toEqual(["a1 waited", "a2 waited", "b1 waited"]);
    expect([lines.isAnybodyIn("a"), lines.isAnybodyIn("b"), clock.alarmCount()]).toEqual([false, false, 0]);
  });

  test("forgets whoever leaves, and lets the next in their place", async () => {
    const { clock, done, enter, settle } = startLines();
    for (let index = 0; index < 60; index++) void enter("a", 60);
    const leaving = new AbortController();
    void enter("a1", 60, leaving.signal);
    void enter("a2", 60);
    void enter("a3", 60, AbortSignal.abort());
    await settle();
    leaving.abort();
    clock.advanceSeconds(1);
    await settle();
    expect(done.slice(60)).toEqual(["a3 left 4", "a1 left 3", "a2 waited"]);
    expect(clock.alarmCount()).toBe(0);
  });

  test("that is closed sends everybody away and leaves no alarm behind", async () => {
    const { clock, lines, done, enter, settle } = startLines();
    for (let index = 0; index < 60; index++) void enter("a", 60);
    for (const name of ["a1", "a2"]) void enter(name, 60);
    await settle();
    lines.close();
    await settle();
    expect(done.slice(60)).toEqual(["a1 closed 3", "a2 closed 2"]);
    expect(clock.alarmCount()).toBe(0);
    await enter("a3", 60);
    expect(done.at(-1)).toBe("a3 closed 1");
  });
});
