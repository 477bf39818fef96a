import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constraintMatches, normalizeVersion, parseConstraint, stabilityOf } from "../../composer/index.ts";
import { accessTo, compileGrant, opensVersion } from "./index.ts";
import type { GrantRow } from "./index.ts";

const NOW = 1_000;

function row(package_pattern: string, more: Partial<GrantRow> = {}): GrantRow {
  return {
    ...{ id: "grant_1", token: "token_1", customer: null, package_pattern, version_constraint: null },
    ...{ stability: null, updates_until: null, starts_at: null, expires_at: null, order_id: null, line: null },
    ...{ occurred_at: null, created_at: 1, updated_at: 1, revoked_at: null, is_dependency: 0 },
    ...{ suspended_at: null, grace_days: 0, line_bound: "", expired_told: null },
    ...more,
  };
}

const access = (rows: GrantRow[], name: string) =>
  accessTo(
    rows.flatMap((one) => compileGrant(one) ?? []),
    name,
    NOW,
  );
const kinds = (rows: GrantRow[], names: string[]) => names.map((name) => access(rows, name).kind);

function version(text: string, releasedAt = 1) {
  const versionNormalized = normalizeVersion(text);
  return { versionNormalized, stability: stabilityOf(versionNormalized), releasedAt };
}

describe("access", () => {
  // The difference between what was sold and what was not.
  test("an exact name opens that package only, a prefix what begins with it, a vendor all of the vendor's", () => {
    const names = ["acme/checkout", "acme/checkout-pro", "acme/core", "acme-evil/checkout", "globex/x"];
    expect(kinds([row("acme/checkout")], names)).toEqual(["full", "not_covered", "not_covered", "unknown", "unknown"]);
    expect(kinds([row("acme/checkout-*")], names)).toEqual([
      "not_covered",
      "full",
      "not_covered",
      "unknown",
      "unknown",
    ]);
    expect(kinds([row("acme/")], names)).toEqual(["full", "full", "full", "unknown", "unknown"]);
    expect(kinds([row("*")], names)).toEqual(["full", "full", "full", "full", "full"]);
    expect(kinds([], names)).toEqual(Array(5).fill("unknown"));
  });

  // A perpetual grant beside a dated one stays perpetual.
  test("is the union: one grant in force is enough, whatever else has lapsed", () => {
    const lapsed = row("acme/", { expires_at: NOW });
    expect(access([lapsed, row("acme/core")], "acme/core").kind).toBe("full");
    expect(access([row("acme/core"), lapsed], "acme/core").kind).toBe("full");
    expect(access([lapsed, row("acme/core")], "acme/other")).toEqual({ kind: "lapsed", endedAt: NOW });
    const partial = row("acme/core", { updates_until: 5 });
    expect(access([partial, row("acme/core")], "acme/core").kind).toBe("full");
    expect(access([partial, lapsed], "acme/core").kind).toBe("partial");
  });

  test("ends to the second, and tells the latest of several ends", () => {
    expect(access([row("acme/core", { expires_at: NOW + 1 })], "acme/core").kind).toBe("full");
    expect(access([row("acme/core", { expires_at: NOW })], "acme/core")).toEqual({ kind: "lapsed", endedAt: NOW });
    const ended = [
      row("acme/core", { expires_at: 10 }),
      row("acme/", { revoked_at: 30 }),
      row("acme/*", { expires_at: 20 }),
    ];
    expect(access(ended, "acme/core")).toEqual({ kind: "lapsed", endedAt: 30 });
    expect(access([row("acme/core", { starts_at: NOW + 1 })], "acme/core").kind).toBe("not_covered");
    expect(access([row("acme/core", { starts_at: NOW })], "acme/core").kind).toBe("full");
  });

  // A row that an older or damaged release left must not open more, and must not lock its owner out of the rest.
  test("lets nothing through where a stored grant cannot be read, and keeps the others", () => {
    const broken = [
      row("acme/core", { version_constraint: "^^nonsense" }),
      row("acme/core", { stability: "golden" }),
      row("acme"),
      row("*/x"),
    ];
    const result = access([...broken, row("globex/")], "acme/core");
    expect(result.kind).toBe("partial");
    for (const text of ["1.0.0", "dev-main", "2.0.0-beta1"]) expect(opensVersion(result, version(text))).toBe(false);
    expect(access([...broken, row("globex/")], "globex/x").kind).toBe("full");
    expect(opensVersion(access([...broken, row("acme/core")], "acme/core"), version("1.0.0"))).toBe(true);
  });

  test("of a grant needs constraint, stability and date to agree, and of several grants any one", () => {
    const dated = access(
      [row("acme/core", { updates_until: 100, stability: "beta", version_constraint: "^1.0" })],
      "acme/core",
    );
    expect(opensVersion(dated, version("1.2.0", 100))).toBe(true);
    expect(opensVersion(dated, version("1.2.0", 101))).toBe(false);
    expect(opensVersion(dated, version("2.0.0", 100))).toBe(false);
    expect(opensVersion(dated, version("1.3.0-beta1", 100))).toBe(true);
    expect(opensVersion(dated, version("1.3.0-alpha1", 100))).toBe(false);
    // Two grants must not add up to what neither of them opens.
    const two = access(
      [row("acme/core", { updates_until: 100 }), row("acme/core", { version_constraint: "^1.0" })],
      "acme/core",
    );
    expect(opensVersion(two, version("2.0.0", 50))).toBe(true);
    expect(opensVersion(two, version("1.5.0", 500))).toBe(true);
    expect(opensVersion(two, version("2.0.0", 500))).toBe(false);
  });

  const seconds = fc.option(fc.integer({ min: NOW - 3, max: NOW + 3 }), { nil: null });
  const grantRows = fc.array(
    fc
      .record({
        pattern: fc.constantFrom("*", "acme/", "acme/c*", "acme/core", "acme/core-x", "globex/", "globex/core"),
        version_constraint: fc.constantFrom(null, "^1.0", ">=2.0", "1.0.*", "dev-main"),
        stability: fc.constantFrom(null, "stable", "RC", "beta", "alpha", "dev"),
        updates_until: seconds,
        ...{ starts_at: seconds, expires_at: seconds, revoked_at: seconds },
      })
      .map(({ pattern, ...more }) => row(pattern, more)),
    { maxLength: 6 },
  );
  const versions = fc.record({
    text: fc.constantFrom("1.0.0", "1.0.3", "1.4.0", "2.0.0", "2.0.0-RC1", "2.0.0-beta2", "1.0.0-alpha1", "dev-main"),
    releasedAt: fc.integer({ min: NOW - 3, max: NOW + 3 }),
  });
  const names = fc.constantFrom("acme/core", "acme/core-x", "acme/cart", "globex/core", "globex/x", "initech/core");
  const RANKS = ["stable", "RC", "beta", "alpha", "dev"];

  /** The rule once more, as one would say it: grant by grant, without any of the shortcuts. */
  function modelOpens(rows: GrantRow[], name: string, wanted: ReturnType<typeof version>): boolean {
    return rows.some((grant) => {
      const { package_pattern: pattern, version_constraint: constraint } = grant;
      const covers =
        pattern.endsWith("*") || pattern.endsWith("/") ? name.startsWith(pattern.replace("*", "")) : name === pattern;
      const isInForce =
        grant.revoked_at === null &&
        (grant.expires_at === null || grant.expires_at > NOW) &&
        (grant.starts_at === null || grant.starts_at <= NOW);
      return (
        covers &&
        isInForce &&
        (grant.updates_until === null || wanted.releasedAt <= grant.updates_until) &&
        (grant.stability === null || RANKS.indexOf(wanted.stability) <= RANKS.indexOf(grant.stability)) &&
        (constraint === null || constraintMatches(parseConstraint(constraint), wanted.versionNormalized))
      );
    });
  }

  test("opens exactly what the plain rule opens, for any grants, and does not depend on their order", () => {
    fc.assert(
      fc.property(grantRows, names, versions, (rows, name, { text, releasedAt }) => {
        const wanted = version(text, releasedAt);
        const expected = modelOpens(rows, name, wanted);
        expect(opensVersion(access(rows, name), wanted)).toBe(expected);
        expect(opensVersion(access(rows.toReversed(), name), wanted)).toBe(expected);
      }),
      { numRuns: 3_000 },
    );
  });

  // Views are kept by this text and shared between tokens: the same text must never stand for two different views.
  test("has the same rule only where it opens the same", () => {
    fc.assert(
      fc.property(grantRows, grantRows, names, versions, (one, two, name, { text, releasedAt }) => {
        const [a, b] = [access(one, name), access(two, name)];
        if (a.kind !== "partial" || b.kind !== "partial" || a.rule !== b.rule) return;
        const wanted = version(text, releasedAt);
        expect(opensVersion(a, wanted)).toBe(opensVersion(b, wanted));
      }),
      { numRuns: 3_000 },
    );
  });
});
