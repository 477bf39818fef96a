import fc from "fast-check";
import { expect, test } from "vitest";
import { emptyRecord, standingOf, withCancellation, withPurchase, withRecord } from "./line-state.ts";
import type { GrantTerms, LineRecord, Moment, Purchase, Standing } from "./line-state.ts";

/** As it is told, before it has a receipt. */
type LineEvent =
  { kind: "grant"; at: number | null; terms: GrantTerms } | { kind: "revoke" | "release"; at: number | null };

const NOW = 3;
const TERMS: GrantTerms = {
  ...{ patterns: ["acme/core"], constraint: null, stability: null, updatesUntil: null },
  ...{ startsAt: null, expiresAt: null, graceDays: 0, withDependencies: false },
};
const moments = fc.integer({ min: 1, max: 5 });
const maybe = fc.option(moments, { nil: null, freq: 2 });
const terms: fc.Arbitrary<GrantTerms> = fc.record({
  patterns: fc.constantFrom(["acme/core"], ["acme/extra"], ["acme/core", "acme/extra"]),
  constraint: fc.constantFrom(null, "^1.0", "^2.0", "^1.0 || ^3.0"),
  stability: fc.constantFrom(null, "stable", "beta"),
  ...{ updatesUntil: maybe, startsAt: maybe, expiresAt: maybe },
  graceDays: fc.constantFrom(0, 7),
  withDependencies: fc.boolean(),
});
const eventsAt = (at: fc.Arbitrary<number | null>): fc.Arbitrary<LineEvent> =>
  fc.oneof(
    fc.record({ kind: fc.constant("grant" as const), at, terms }),
    fc.record({ kind: fc.constantFrom("revoke" as const, "release" as const), at }),
  );

/** Receipts count from one. */
function afterAll(told: readonly LineEvent[]): LineRecord {
  return told.reduce((record: LineRecord, event, index) => tell(record, event, index + 1), emptyRecord(null));
}

function tell(record: LineRecord, event: LineEvent, receipt: number): LineRecord {
  const moment: Moment = { at: event.at ?? NOW, receipt, isByReceipt: event.at === null };
  if (event.kind !== "grant") return withCancellation(record, event.kind, moment);
  return { ...record, purchase: withPurchase(record.purchase, purchaseOf(moment, event.terms)) };
}

function purchaseOf(moment: Moment, sold: GrantTerms): Purchase {
  return { ...moment, terms: sold, dependencies: [] };
}

function alone(record: LineRecord): Standing {
  return standingOf(record, { line: [record], above: [] });
}

/** Without what says in which order it was told. */
function meaningOf({ purchase, ...standing }: Standing): unknown {
  return { ...standing, purchase: purchase && { ...purchase, receipt: 0 } };
}

// Also two different purchases of one second, which have no order of their own.
test("the standing of a line does not depend on the order and the number of deliveries", () => {
  const told = fc.array(eventsAt(moments), { maxLength: 8 }).chain((some) => {
    const twice = [...some, ...some];
    return fc.tuple(fc.constant(some), fc.shuffledSubarray(twice, { minLength: twice.length }));
  });
  fc.assert(
    fc.property(told, ([once, shuffled]) => {
      expect(meaningOf(alone(afterAll(shuffled)))).toEqual(meaningOf(alone(afterAll(once))));
    }),
    { numRuns: 2_000 },
  );
});

test("of two purchases of one second nothing is taken away that either of them granted", () => {
  const until = (expiresAt: number | null, more: Partial<GrantTerms> = {}): LineEvent => ({
    ...{ kind: "grant", at: 2 },
    terms: { ...TERMS, expiresAt, ...more },
  });
  for (const told of [
    [until(100, { constraint: "^1.0" }), until(200, { patterns: ["acme/extra"], constraint: "^2.0" })],
    [until(200, { patterns: ["acme/extra"], constraint: "^2.0" }), until(100, { constraint: "^1.0" })],
  ]) {
    expect(alone(afterAll(told)).purchase?.terms).toMatchObject({
      ...{ expiresAt: 200, patterns: ["acme/core", "acme/extra"], constraint: "^1.0 || ^2.0" },
    });
  }
  expect(alone(afterAll([until(100), until(null)])).purchase?.terms.expiresAt).toBeNull();
  expect(alone(afterAll([until(null), until(100)])).purchase?.terms.expiresAt).toBeNull();
});

test("what is told without a time is newer than all that was told before it", () => {
  const before = fc.array(eventsAt(fc.option(moments, { nil: null })), { maxLength: 6 });
  fc.assert(
    fc.property(before, terms, (told, sold) => {
      const again = tell(afterAll(told), { kind: "grant", at: null, terms: sold }, 7);
      expect(alone(again)).toMatchObject({ kind: "granted", purchase: { terms: sold } });
      expect(alone(tell(again, { kind: "revoke", at: null }, 8))).toMatchObject({ kind: "revoked", at: NOW });
    }),
  );
});

test("what those with a bound tell ends what lies within it, and nothing else", () => {
  const record = (bound: string[] | null, at: number, patterns: string[]): LineRecord => ({
    ...emptyRecord(bound),
    purchase: purchaseOf({ at, receipt: at, isByReceipt: false }, { ...TERMS, patterns }),
  });
  const revoked = (bound: string[] | null) =>
    withCancellation(emptyRecord(bound), "revoke", { at: 9, receipt: 9, isByReceipt: false });
  const kindOf = (one: LineRecord, line: LineRecord[], above: LineRecord[] = []) =>
    standingOf(one, { line: withRecord(line, one), above }).kind;
  const [inside, outside] = [record(null, 1, ["acme/core"]), record(null, 1, ["acme/core", "globex/x"])];
  const bounded = record(["acme/"], 2, ["acme/core"]);
  expect(kindOf(inside, [bounded])).toBe("replaced");
  expect(kindOf(outside, [bounded])).toBe("granted");
  expect(kindOf(bounded, [inside])).toBe("granted");
  expect(kindOf(bounded, [record(null, 3, ["globex/x"])])).toBe("replaced");
  // Of one second neither is the newer one.
  expect(kindOf(record(null, 2, ["acme/core"]), [bounded])).toBe("granted");
  for (const where of ["line", "above"]) {
    const by = (one: LineRecord, bound: string[] | null) =>
      where === "line" ? kindOf(one, [revoked(bound)]) : kindOf(one, [], [revoked(bound)]);
    expect(by(inside, ["acme/"])).toBe("revoked");
    expect(by(outside, ["acme/"])).toBe("granted");
    expect(by(bounded, ["globex/"])).toBe("granted");
    expect(by(bounded, null)).toBe("revoked");
  }
});

test("of more cancellations than anybody makes the first ones and the last one are remembered", () => {
  let record = emptyRecord(null);
  const ahead = { at: 1_000, receipt: 0, isByReceipt: false };
  record = withCancellation(record, "release", ahead);
  for (let at = 1; at <= 300; at++) {
    const moment = { at, receipt: at * 2, isByReceipt: true };
    record = withCancellation(record, "release", moment);
    expect(record.releases).toContain(moment);
  }
  expect(record.releases).toHaveLength(100);
  expect([record.releases[0]?.at, record.releases.at(-1)]).toEqual([1, ahead]);
});
