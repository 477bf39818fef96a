import { expect, test } from "vitest";
import { SharedWork } from "./shared-work.ts";

/** Work that is told to end from outside, and says whether it was stopped. */
function openWork() {
  const shared = new SharedWork<string>();
  const begun: { resolve: (value: string) => void; signal: AbortSignal }[] = [];
  const join = (left?: AbortSignal) =>
    shared.join("id", left, (signal) => new Promise((resolve) => begun.push({ resolve, signal })));
  return { begun, join };
}

test("is done once for all who ask, and ended only when the last of them has left", async () => {
  const { begun, join } = openWork();
  const [first, second] = [new AbortController(), new AbortController()];
  const waiting = [join(first.signal), join(second.signal)];
  first.abort(new Error("gone"));
  await expect(waiting[0]).rejects.toThrow("gone");
  expect([begun.length, begun[0]?.signal.aborted]).toEqual([1, false]);
  second.abort(new Error("gone"));
  await expect(waiting[1]).rejects.toThrow("gone");
  expect(begun[0]?.signal.aborted).toBe(true);
  // Whoever comes later does not get the end of what was stopped.
  const later = join();
  expect(begun).toHaveLength(2);
  begun[1]?.resolve("made");
  expect(await later).toBe("made");
});

test("goes on while somebody waits who cannot leave", async () => {
  const { begun, join } = openWork();
  const leaving = new AbortController();
  const [left, stays] = [join(leaving.signal), join()];
  leaving.abort(new Error("gone"));
  await expect(left).rejects.toThrow("gone");
  expect(begun[0]?.signal.aborted).toBe(false);
  begun[0]?.resolve("made");
  expect(await stays).toBe("made");
});
