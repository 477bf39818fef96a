import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { FairSlots } from "./fair-slots.ts";
import type { SlotLimits } from "./fair-slots.ts";

const LIMITS: SlotLimits = { all: 3, large: 2, ofGroup: 2, largeOfGroup: 1 };

/** Work that runs until it is told to end, in the order in which it began. */
function openSlots(limits = LIMITS) {
  const slots = new FairSlots(limits);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    ask(group: string, name: string, isSmall: boolean, signal?: AbortSignal) {
      const done = slots.run({ group, isSmall, signal }, async () => {
        begun.push(name);
        await new Promise<void>((resolve) => ends.set(name, resolve));
      });
      done.catch(() => undefined);
      return done;
    },
    /** Ends one, and lets whoever is next begin. */
    async end(name: string): Promise<void> {
      ends.get(name)?.();
      await setImmediate();
    },
  };
}

test("two large ones of one source take one place, and leave one for another's large and one for small ones", async () => {
  const slots = openSlots();
  for (const name of ["huge 1", "huge 2", "huge 3"]) void slots.ask("evil", name, false);
  void slots.ask("acme", "large", false);
  void slots.ask("beta", "large of a third", false);
  void slots.ask("acme", "small", true);
  await setImmediate();
  expect(slots.begun).toEqual(["huge 1", "large", "small"]);
  await slots.end("large");
  expect(slots.begun).toEqual(["huge 1", "large", "small", "large of a third"]);
});

test("many of one source take turns with one of another, and keep their own order", async () => {
  const slots = openSlots({ all: 1, large: 1, ofGroup: 1, largeOfGroup: 1 });
  for (const name of ["a1", "a2", "a3"]) void slots.ask("a", name, true);
  for (const name of ["b1", "b2"]) void slots.ask("b", name, true);
  await setImmediate();
  for (const name of ["a1", "b1", "a2", "b2"]) await slots.end(name);
  expect(slots.begun).toEqual(["a1", "b1", "a2", "b2", "a3"]);
});

test("whoever leaves while waiting takes no place, and what fails gives its place back", async () => {
  const slots = openSlots({ all: 1, large: 1, ofGroup: 1, largeOfGroup: 1 });
  const leaving = new AbortController();
  void slots.ask("a", "first", true);
  await setImmediate();
  const gone = slots.ask("b", "gone", true, leaving.signal);
  const last = slots.ask("b", "last", true);
  leaving.abort(new Error("left"));
  await expect(gone).rejects.toThrow("left");
  await expect(slots.ask("c", "late", true, leaving.signal)).rejects.toThrow("left");
  await slots.end("first");
  expect(slots.begun).toEqual(["first", "last"]);
  await slots.end("last");
  await last;
  const failing = new FairSlots({ all: 1, large: 1, ofGroup: 1, largeOfGroup: 1 });
  const request = { group: "a", isSmall: true };
  await expect(failing.run(request, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await failing.run(request, () => Promise.resolve("next"))).toBe("next");
});
