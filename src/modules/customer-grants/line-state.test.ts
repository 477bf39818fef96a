import fc from "fast-check";
import { expect, test } from "vitest";
import { UNKNOWN_LINE, standingOf, supersedes, withCancellation } from "./line-state.ts";
import type { LineRecord, Purchase } from "./line-state.ts";

type LineEvent = { kind: "grant"; purchase: Purchase } | { kind: "revoke" | "release"; at: number };

const purchases: fc.Arbitrary<Purchase> = fc
  .record({ at: fc.integer({ min: 1, max: 5 }), pattern: fc.constantFrom("acme/core", "acme/extra") })
  .map(({ at, pattern }) => ({
    ...{ at, since: at, isByReceipt: false, dependencies: [], within: null, beneath: null },
    terms: {
      ...{ patterns: [pattern], constraint: null, stability: null, updatesUntil: null },
      ...{ startsAt: null, expiresAt: null, withDependencies: false },
    },
  }));
const events: fc.Arbitrary<LineEvent> = fc.oneof(
  fc.record({ kind: fc.constant("grant" as const), purchase: purchases }),
  fc.record({ kind: fc.constantFrom("revoke" as const, "release" as const), at: fc.integer({ min: 1, max: 5 }) }),
);

function afterAll(told: readonly LineEvent[]): LineRecord {
  return told.reduce((record: LineRecord, event) => {
    if (event.kind !== "grant") return withCancellation(record, event.kind, { at: event.at, within: null });
    return supersedes(event.purchase, record.purchase) ? { ...record, purchase: event.purchase } : record;
  }, UNKNOWN_LINE);
}

// Also two different purchases of one second, which have no order of their own.
test("the standing of a line does not depend on the order and the number of deliveries", () => {
  const told = fc.array(events, { maxLength: 8 }).chain((some) => {
    const twice = [...some, ...some];
    return fc.tuple(fc.constant(some), fc.shuffledSubarray(twice, { minLength: twice.length }));
  });
  fc.assert(
    fc.property(told, ([once, shuffled]) => {
      expect(standingOf(afterAll(shuffled), [])).toEqual(standingOf(afterAll(once), []));
    }),
    { numRuns: 2_000 },
  );
});

test("a purchase without a time of its own is the newest one of its second", () => {
  const [first] = fc.sample(purchases, 1);
  if (first === undefined) throw new Error("no sample");
  const other = { ...first, terms: { ...first.terms, patterns: ["acme/other"] } };
  for (const [incoming, known] of [
    [first, other],
    [other, first],
  ] as const) {
    expect(supersedes({ ...incoming, isByReceipt: true }, { ...known, isByReceipt: true })).toBe(true);
    expect(supersedes({ ...incoming, isByReceipt: true }, known)).toBe(true);
    expect(supersedes(incoming, { ...known, isByReceipt: true })).toBe(false);
  }
});

test("of more cancellations than anybody makes the first ones and the last one are remembered", () => {
  let record = UNKNOWN_LINE;
  for (let at = 1; at <= 300; at++) record = withCancellation(record, "release", { at, within: null });
  expect(record.releases).toHaveLength(100);
  expect([record.releases[0]?.at, record.releases.at(-1)?.at]).toEqual([1, 300]);
});
