import { expect, test } from "vitest";
import { untilDone } from "./one-at-a-time.ts";

test("work that has to be done once is tried again after it failed, and not after it succeeded", async () => {
  let tries = 0;
  const work = untilDone(() => (++tries < 3 ? Promise.reject(new Error("the database is away")) : Promise.resolve()));
  await expect(work()).rejects.toThrow("the database is away");
  await expect(work()).rejects.toThrow("the database is away");
  await work();
  await work();
  expect(tries).toBe(3);
});
