import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidVersionError } from "./errors.ts";
import { compareByOperator, compareForListing, compareVersions } from "./version-order.ts";
import { normalizeBranch, normalizeVersion, parseNumericAliasPrefix, stabilityOf } from "./version.ts";

describe("normalizeVersion", () => {
  test.each([
    ["1", "1.0.0.0"],
    ["v1.2.3", "1.2.3.0"],
    ["1.0.0-RC1", "1.0.0.0-RC1"],
    ["1.0.0b2", "1.0.0.0-beta2"],
    ["1.0.0-pl3", "1.0.0.0-patch3"],
    ["1.0-dev", "1.0.0.0-dev"],
    ["2024.05.01", "2024.05.01.0"],
    ["20240501", "20240501"],
    ["1.0+build.7", "1.0.0.0"],
    ["1.x-dev", "1.9999999.9999999.9999999-dev"],
    ["master", "dev-master"],
    ["DEV-Feature", "dev-Feature"],
    ["dev-main as 1.0", "dev-main"],
    ["1.0@beta", "1.0.0.0"],
    [" 1.0\n", "1.0.0.0"],
  ])("reads %j as %j", (version, normalized) => {
    expect(normalizeVersion(version)).toBe(normalized);
  });

  test.each([
    "",
    "1.0.0.0.0",
    "feature-dev",
    "1.0 beta",
    "1.0\u00a0",
    "latest",
    "1.0-foo",
    "١.٠",
    "1.0,2.0",
    "9".repeat(3_000),
  ])("refuses %j with a message of one line", (version) => {
    expect(() => normalizeVersion(version)).toThrow(InvalidVersionError);
    expect(() => normalizeVersion(version)).toThrow(/^[^\n]{1,200}$/);
  });
});

describe("stability and branches", () => {
  test.each([
    ["1.0.0.0", "stable"],
    ["1.0-p1", "stable"],
    ["1.0-RC1", "RC"],
    ["1.0b", "beta"],
    ["1.0-alpha.1", "alpha"],
    ["dev-main", "dev"],
    ["1.x-dev", "dev"],
    ["1.0-beta1-dev", "dev"],
    ["dev-main#abc", "dev"],
  ] as const)("%j is %s", (version, stability) => {
    expect(stabilityOf(version)).toBe(stability);
  });

  test("a numeric branch is newer than anything it can release, others are dev- and their name", () => {
    expect(normalizeBranch("v2.x")).toBe("2.9999999.9999999.9999999-dev");
    expect(normalizeBranch("1.2.*")).toBe("1.2.9999999.9999999-dev");
    expect(normalizeBranch("feature/x")).toBe("dev-feature/x");
    expect(parseNumericAliasPrefix("2.1.x-dev")).toBe("2.1.");
    expect(parseNumericAliasPrefix("dev-main")).toBeUndefined();
  });
});

describe("order", () => {
  test("follows Composer: dev < alpha < beta < RC < stable < patch, and 1.10 is newer than 1.9", () => {
    const ascending = [
      "1.0-dev",
      "1.0-alpha1",
      "1.0-beta1",
      "1.0-beta2",
      "1.0-RC1",
      "1.0",
      "1.0-p1",
      "1.9",
      "1.10",
      "1.x-dev",
    ].map(normalizeVersion);
    expect(ascending.toSorted(compareVersions)).toEqual(ascending);
    expect(ascending.toSorted(compareForListing)).toEqual(ascending.toReversed());
  });

  test("branches have no order among each other, only in a list", () => {
    expect(compareVersions("dev-a", "dev-b")).toBe(0);
    expect(compareByOperator("dev-a", "<", "dev-b")).toBe(false);
    expect(compareByOperator("dev-a", "<", "1.0.0.0")).toBe(true);
    expect(["dev-b", "1.0.0.0", "dev-a", "2.0.0.0"].toSorted(compareForListing)).toEqual([
      "2.0.0.0",
      "1.0.0.0",
      "dev-a",
      "dev-b",
    ]);
  });

  test("a list of normalized versions always sorts to the same sequence", () => {
    const part = fc.nat(3).map(String);
    const normalized = fc
      .tuple(
        fc.array(part, { minLength: 1, maxLength: 4 }),
        fc.constantFrom("", "-dev", "-beta1", "-beta", "-RC2", "-p1", "-stable2", ".x-dev", "-STABLE"),
      )
      .map(([numbers, suffix]) => numbers.join(".") + suffix)
      .filter((text) => text.split(".").length <= 4 || !text.endsWith(".x-dev"))
      .map(normalizeVersion);
    const anyVersion = fc.oneof(normalized, fc.constantFrom("dev-a", "dev-b", "dev-main", "20240501", "2024.05.01"));
    fc.assert(
      fc.property(anyVersion, anyVersion, anyVersion, (a, b, c) => {
        expect(Math.sign(compareForListing(a, b))).toBe(-Math.sign(compareForListing(b, a)) + 0);
        expect(compareForListing(a, b) === 0).toBe(a === b);
        if (compareForListing(a, b) <= 0 && compareForListing(b, c) <= 0)
          expect(compareForListing(a, c)).toBeLessThanOrEqual(0);
      }),
      { seed: 7, numRuns: 5_000 },
    );
  });
});
