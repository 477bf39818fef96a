import { expect, test } from "vitest";
import { createHashQueue } from "./hash-queue.ts";
import { checkPassword, hashPassword, passwordProblem } from "./passwords.ts";

test("runs as many at once as it may, in order, also when one fails, and turns away who comes when too many wait", async () => {
  const queue = createHashQueue({ atOnce: 2, waitingMax: 3 });
  const order: number[] = [];
  const ends: (() => void)[] = [];
  const work = (index: number) =>
    queue.run(async () => {
      order.push(index);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (index === 1) throw new Error("failed");
    });
  const all = [0, 1, 2, 3, 4].map((index) => work(index).catch(() => "failed"));
  await expect(work(5)).rejects.toMatchObject({ code: "auth.throttled", status: 429, retryAfterSeconds: 5 });
  expect(order).toEqual([0, 1]);
  for (let ended = 0; ended < 5; ended++) {
    ends[ended]?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await Promise.all(all)).toEqual([undefined, "failed", undefined, undefined, undefined]);
  expect([order, queue.peak]).toEqual([[0, 1, 2, 3, 4], 2]);
});

test("serves lanes in turns, so that who sends a hundred waits for them alone, and turns away from the full lane only", async () => {
  const queue = createHashQueue({ atOnce: 1, waitingMax: 8, laneMax: 5 });
  const order: string[] = [];
  const come = (name: string, isKnown = false) =>
    queue.run(
      async () => {
        order.push(name);
        await new Promise((resolve) => setImmediate(resolve));
      },
      { name, isKnown },
    );
  const all = Array.from({ length: 6 }, () => come("crowd"));
  await expect(come("crowd")).rejects.toMatchObject({ code: "auth.throttled" });
  all.push(come("office"), come("home"), come("office"));
  // All places of strangers are taken now, and those who were here before have theirs still.
  await expect(come("elsewhere")).rejects.toMatchObject({ code: "auth.throttled" });
  all.push(come("owner", true), come("owner", true));
  await Promise.all(all);
  expect(order).toEqual([
    ...["crowd", "owner", "crowd", "owner", "office", "home", "crowd", "office"],
    ...["crowd", "crowd", "crowd"],
  ]);
});

test("passwords are argon2id of 19 MiB and two passes, the same however an umlaut was composed", async () => {
  const hash = await hashPassword("Gr\u00fcne Wiese im Regen");
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await hashPassword("Gr\u00fcne Wiese im Regen")).not.toBe(hash);
  expect(await checkPassword("Gru\u0308ne Wiese im Regen", hash)).toBe(true);
  expect(await checkPassword("grüne Wiese im Regen", hash)).toBe(false);
  expect(await checkPassword("anything", null)).toBe(false);
  expect(await checkPassword("anything", undefined)).toBe(false);
});

test("a password needs length and nothing else", () => {
  const problem = (password: string) => passwordProblem(password, { email: "jane.doe@example.com" });
  for (const fine of ["aaaaaaaaaaaa", "ä".repeat(12), "x".repeat(1000), "😀".repeat(12)]) {
    expect(problem(fine)).toBeUndefined();
  }
  expect(problem("a".repeat(11))).toContain("at least 12 characters");
  expect(problem("😀".repeat(11))).toContain("at least 12 characters");
  expect(problem("a".repeat(1001))).toBe("must have at most 1000 characters");
  expect(problem("Jane.Doe@example.com ")).toBe("must not be the e-mail address");
});
