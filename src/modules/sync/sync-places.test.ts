import { expect, test } from "vitest";
import { SyncPlaces } from "./sync-places.ts";

function setUp() {
  let now = 0;
  const places = new SyncPlaces(() => now);
  const ends = new Map<string, () => void>();
  return {
    places,
    pass: (seconds: number) => (now += seconds),
    start: (id: string) => places.take(id, () => new Promise((resolve) => ends.set(id, resolve))),
    end: async (id: string) => {
      ends.get(id)?.();
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

test("two sources are synced at a time, and each of them once", () => {
  const { places, start } = setUp();
  start("a");
  expect([places.isFreeFor("a"), places.isFreeFor("b")]).toEqual([false, true]);
  start("b");
  expect([places.isFreeFor("b"), places.isFreeFor("c")]).toEqual([false, false]);
});

test("slow ones leave a place to who is not known to be slow, and never more than one", async () => {
  const { places, pass, start, end } = setUp();
  start("slow");
  pass(60);
  await end("slow");
  start("slow");
  start("dribbling");
  expect(places.isFreeFor("honest"), "one of them has only begun").toBe(false);
  pass(60);
  expect(places.isFreeFor("honest")).toBe(true);
  start("honest");
  expect(places.areAllTaken).toBe(true);
  expect(places.isFreeFor("another")).toBe(false);
  await end("honest");
  expect(places.isFreeFor("another")).toBe(true);
  await end("dribbling");
  start("busy");
  pass(60);
  expect(places.isFreeFor("dribbling"), "it was slow before").toBe(false);
});

test("a source that is quick again is an honest one again", async () => {
  const { places, pass, start, end } = setUp();
  start("moody");
  pass(60);
  await end("moody");
  start("moody");
  await end("moody");
  start("slow");
  start("slower");
  pass(60);
  expect(places.isFreeFor("moody")).toBe(true);
});
