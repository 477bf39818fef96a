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

const OWNER = { email: "jane.doe@example.com", name: "Jane Doe", vendorName: "Acme Extensions" };

test.each([
  "Grüne Wiese im Regen",
  "correct horse battery staple",
  "q4Hs9-xT2LmZ",
  "wüchse😀Mond3Kalender",
  "fence orbit ".repeat(80),
])("a password needs length, and no mixture of characters: %s", async (fine) => {
  expect(await passwordProblem(fine, OWNER)).toBeUndefined();
});

test.each([
  ["a".repeat(11), "at least 12 characters"],
  ["😀".repeat(11), "at least 12 characters"],
  ["a".repeat(1001), "must have at most 1000 characters"],
  ["Jane.Doe@example.com ", "must not be the e-mail address"],
])("nor less than that, or the address: %s", async (password, problem) => {
  expect(await passwordProblem(password, OWNER)).toContain(problem);
});

test.each([
  ["password1234", "everybody tries first"],
  ["P4ssw0rd2026!", "everybody tries first"],
  ["iloveyou1234", "everybody tries first"],
  ["qwertzuiop123", "keys of the keyboard"],
  ["aaaaaaaaaaaa", "repeats one character"],
  ["x".repeat(1000), "repeats one character"],
  ["letmein letmein letmein", "repeats itself"],
  ["janedoe12345", "your own name or address"],
  ["Acme-Extensions-2026", "your own name or address"],
  ["package broker", "the name of this server"],
  ["P@ck@geBr0ker!1", "the name of this server"],
])("what is tried first is refused, with the reason and what to do: %s", async (password, reason) => {
  const problem = await passwordProblem(password, OWNER);
  expect(problem).toContain(reason);
  expect(problem).toContain("take a few words in a row");
  expect(problem).not.toContain(password);
});
