import { expect, test } from "vitest";
import { DeliverySlots } from "./delivery-slots.ts";
import type { DueWebhook } from "./delivery-slots.ts";

const QUICK = { ms: 200, timedOut: false };
const HANGS = { ms: 15_000, timedOut: true };
/** Answers, but takes long. */
const DRAGS = { ms: 9_000, timedOut: false };

const hooks = (shop: string, count: number): DueWebhook[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${shop}-${index}`, shop }));

/** Everybody whose turn it is begins, until nobody may; whose turn it was, in order. */
function fill(slots: DeliverySlots, due: readonly DueWebhook[]): DueWebhook[] {
  const begun: DueWebhook[] = [];
  for (let next = slots.choose(due); next !== undefined; next = slots.choose(due)) {
    slots.begin(next);
    begun.push(next);
  }
  return begun;
}

const countOf = (begun: readonly DueWebhook[]) => {
  const counts: Record<string, number> = {};
  for (const { id } of begun) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
};

test("a shop takes eight places at most, however many receivers of it hang, and another shop's webhook has its own", () => {
  const slots = new DeliverySlots();
  const evil = hooks("evil", 20);
  expect(fill(slots, evil)).toHaveLength(8);
  const [good] = hooks("good", 1);
  expect(fill(slots, [...evil, ...hooks("good", 1)])).toEqual([good]);
});

test("a receiver gets one message at a time until it has answered quickly, four from then on, and one again once it was slow", () => {
  for (const slow of [HANGS, DRAGS]) {
    const slots = new DeliverySlots();
    const [hook] = hooks("shop", 1);
    if (hook === undefined) return;
    expect(fill(slots, [hook])).toHaveLength(1);
    slots.end(hook, QUICK);
    expect(fill(slots, [hook])).toHaveLength(4);
    slots.end(hook, slow);
    expect(fill(slots, [hook])).toHaveLength(0);
    for (let left = 0; left < 3; left++) slots.end(hook, slow);
    expect(fill(slots, [hook])).toHaveLength(1);
    // Nothing was learnt of it.
    slots.end(hook, undefined);
    expect(fill(slots, [hook])).toHaveLength(1);
    slots.end(hook, QUICK);
    expect(fill(slots, [hook])).toHaveLength(4);
  }
});

test("receivers that were slow take half of a shop's places and a quarter of all, so that the quick ones go on", () => {
  const slots = new DeliverySlots();
  const shops = Array.from({ length: 7 }, (_, index) => hooks(`slow-${index}`, 20));
  for (const hook of shops.flat()) {
    slots.begin(hook);
    slots.end(hook, HANGS);
  }
  expect(fill(slots, shops[0] ?? [])).toHaveLength(4);
  expect(fill(slots, [...(shops[0] ?? []), { id: "new", shop: "slow-0" }]).map(({ id }) => id)).toEqual(["new"]);
  expect(fill(slots, shops.flat())).toHaveLength(12);
  const quick = hooks("quick", 2);
  for (const hook of quick) {
    slots.begin(hook);
    slots.end(hook, QUICK);
  }
  expect(countOf(fill(slots, [...shops.flat(), ...quick]))).toEqual({ "quick-0": 4, "quick-1": 4 });
});

test("it is the turn of whoever has fewest under way, and of those of whoever waited longest", () => {
  const slots = new DeliverySlots();
  const [a = { id: "", shop: "" }, b = a, c = a] = hooks("shop", 3);
  const [other = a] = hooks("other", 1);
  for (const hook of [a, b, c, other]) {
    slots.begin(hook);
    slots.end(hook, QUICK);
  }
  const begun = fill(slots, [a, b, c, other]).map(({ id }) => id);
  expect(begun.slice(0, 4)).toEqual(["shop-0", "other-0", "shop-1", "other-0"]);
  expect(countOf(fill(slots, [a, b, c, other]))).toEqual({});
  slots.end(c, QUICK);
  slots.end(a, QUICK);
  // Both have two; a's turn was before.
  expect(slots.choose([c, a])).toBe(wasBefore(begun, a.id, c.id) ? a : c);
});

/** Whether the last turn of one was before that of the other. */
function wasBefore(begun: readonly string[], one: string, other: string): boolean {
  return begun.lastIndexOf(one) < begun.lastIndexOf(other);
}

test("64 attempts are under way at most", () => {
  const slots = new DeliverySlots();
  const due = Array.from({ length: 20 }, (_, index) => hooks(`shop-${index}`, 8)).flat();
  expect(fill(slots, due)).toHaveLength(64);
});
