import { describe, expect, test } from "vitest";
import { commonPatterns, canonicalPattern, openedOnlyBy, patternOpens, patternsOpen } from "./package-patterns.ts";

describe("which packages a prefix opens", () => {
  test.each([
    ["acme/", "acme/checkout", true],
    ["acme/*", "acme/checkout", true],
    ["acme/", "acme-evil/checkout", false],
    ["acme/checkout", "acme/checkout", true],
    ["acme/checkout", "acme/checkout-pro", false],
    ["acme/checkout-*", "acme/checkout-pro", true],
    ["acme/checkout-*", "acme/checkout", false],
    ["ACME/Checkout", "acme/checkout", true],
    ["acme/checkout", "Acme/Checkout", true],
    ["*", "globex/anything", true],
  ])("%s and %s: %s", (pattern, name, opens) => {
    expect(patternOpens(pattern, name)).toBe(opens);
  });

  test("null opens everything, an empty list nothing", () => {
    expect(patternsOpen(null, "acme/checkout")).toBe(true);
    expect(patternsOpen([], "acme/checkout")).toBe(false);
  });

  test("prefixes are written as the server writes them", () => {
    expect(canonicalPattern(" Acme/* ")).toBe("acme/");
    expect(canonicalPattern("acme/checkout-*")).toBe("acme/checkout-*");
  });

  test("narrowing names exactly the packages that are lost", () => {
    const hosted = ["acme/checkout", "acme/core", "globex/maps"];
    expect(openedOnlyBy(["acme/", "globex/"], ["acme/core"], hosted)).toEqual(["acme/checkout", "globex/maps"]);
    expect(openedOnlyBy(null, ["acme/"], hosted)).toEqual(["globex/maps"]);
    expect(openedOnlyBy(["acme/core"], null, hosted)).toEqual([]);
  });
});

describe("what a project token reads of its customer's grants", () => {
  test("is the narrower of each two prefixes that have packages in common", () => {
    expect(commonPatterns(["acme/"], ["acme/checkout", "globex/tool"])).toEqual(["acme/checkout"]);
    expect(commonPatterns(["acme/checkout"], ["acme/check*"])).toEqual(["acme/checkout"]);
    expect(commonPatterns(["acme/checkout-*"], ["acme/check*"])).toEqual(["acme/checkout-*"]);
    expect(commonPatterns(["acme/core", "acme/core*"], ["acme/core"])).toEqual(["acme/core", "acme/core"]);
    expect(commonPatterns(["acme/check"], ["acme/check*"])).toEqual(["acme/check"]);
    expect(commonPatterns(["acme/"], ["acme-labs/"])).toEqual([]);
  });
});
