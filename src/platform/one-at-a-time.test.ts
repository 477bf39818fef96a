import { expect, test } from "vitest";
import { oneAtATime, untilDone } from "./one-at-a-time.ts";

test("a call while work runs is answered by a run that began after it, and never two run at a time", async () => {
  const runs: PromiseWithResolvers<undefined>[] = [];
  const errors: unknown[] = [];
  const work = oneAtATime(
    () => {
      const run = Promise.withResolvers<undefined>();
      runs.push(run);
      return run.promise;
    },
    (error) => errors.push(error),
  );
  const answered: string[] = [];
  const first = work().then(() => answered.push("first"));
  await expect.poll(() => runs.length).toBe(1);
  const later = [work(), work()].map((call) => call.then(() => answered.push("later")));
  runs[0]?.reject(new Error("the database is away"));
  await first;
  await expect.poll(() => runs.length).toBe(2);
  expect([answered, errors.map(String)]).toEqual([["first"], ["Error: the database is away"]]);
  runs[1]?.resolve(undefined);
  await Promise.all(later);
  expect([answered.length, runs.length]).toEqual([3, 2]);
  void work();
  await expect.poll(() => runs.length).toBe(3);
});

test("work that has to be done once is tried again after it failed, and not after it succeeded", async () => {
  let tries = 0;
  const work = untilDone(() => (++tries < 3 ? Promise.reject(new Error("the database is away")) : Promise.resolve()));
  await expect(work()).rejects.toThrow("the database is away");
  await expect(work()).rejects.toThrow("the database is away");
  await work();
  await work();
  expect(tries).toBe(3);
});
