import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatGrantPattern,
  parseGrantPattern,
  patternCovers,
  patternCoversPattern,
  type GrantPattern,
} from "./grant-pattern.ts";
import { parsePackageName, vendorOf } from "./package-name.ts";

describe("parsePackageName", () => {
  test("lower-cases and accepts Composer's separators", () => {
    expect(parsePackageName("Acme/Checkout-Pro")).toEqual({ ok: true, value: "acme/checkout-pro" });
    expect(parsePackageName("a_b.c/d--e")).toEqual({ ok: true, value: "a_b.c/d--e" });
    expect(parsePackageName(`acme/${"x".repeat(195)}`)).toMatchObject({ ok: true });
    expect(vendorOf("acme/checkout")).toBe("acme");
  });

  test.each([
    "",
    "acme",
    "acme/",
    "/x",
    "a/b/c",
    "a b/c",
    "-a/b",
    "a/b-",
    "a--b/c",
    "a/b---c",
    "a/b\n",
    "é/x",
    "con/x",
    "x/nul",
    "x/y.json",
    "php",
    "ext-json",
    "../x",
    `acme/${"x".repeat(196)}`,
  ])("refuses %j and says why in one line", (text) => {
    const result = parsePackageName(text);
    expect(result).toMatchObject({ ok: false, reason: expect.stringMatching(/^[^\n]+$/) as unknown });
  });

  test("answers at once for a name made to be slow", () => {
    const started = performance.now();
    parsePackageName(`${"a".repeat(50_000)}!/${"b".repeat(50_000)}!`);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

function patternOf(text: string): GrantPattern {
  const result = parseGrantPattern(text);
  if (!result.ok) throw new Error(result.reason);
  return result.value;
}

describe("a grant pattern", () => {
  test.each([
    ["acme/", "acme/", ["acme/x", "acme/checkout"], ["acme-evil/x", "acm/x"]],
    ["acme/*", "acme/", ["acme/x"], ["acme-evil/x"]],
    [" ACME/Checkout-* ", "acme/checkout-*", ["acme/checkout-pro"], ["acme/checkout", "acme/checkou"]],
    ["acme/checkout*", "acme/checkout*", ["acme/checkout", "acme/checkout-pro"], ["acme/check"]],
    ["acme/checkout", "acme/checkout", ["acme/checkout"], ["acme/checkout-pro"]],
  ])("%j (written back as %j) opens %j and not %j", (text, canonical, inside, outside) => {
    const pattern = patternOf(text);
    expect(formatGrantPattern(pattern)).toBe(canonical);
    expect(inside.filter((name) => !patternCovers(pattern, name))).toEqual([]);
    expect(outside.filter((name) => patternCovers(pattern, name))).toEqual([]);
    expect(patternOf(canonical)).toEqual(pattern);
  });

  test.each([
    "",
    " ",
    "*",
    "acme",
    "acme*",
    "*/x",
    "ac*me/",
    "/x",
    "/",
    "acme/*x",
    "acme/**",
    "acme/x/",
    "acme/x/*",
    "acme/-*",
    "acme/x y*",
    "acme/x y",
    "con/",
    "a--b/",
    "acme//",
    "acme/x__*",
  ])("%j is refused with one line", (text) => {
    expect(parseGrantPattern(text)).toMatchObject({ ok: false, reason: expect.stringMatching(/^[^\n]+$/) as unknown });
  });

  // Whoever sends an article number, or a name cut short, must not be talked into opening a vendor.
  test("without a slash, or with a star for a vendor, is refused with what a package looks like, never with a vendor", () => {
    for (const text of ["acme", "SW10001", "", "*", "*/x"]) {
      const { reason } = parseGrantPattern(text) as { reason: string };
      expect(reason, text).toContain('a package is "vendor/name"');
      expect(reason, text).not.toMatch(/\/["*]/);
    }
  });

  test("covers another pattern only if it covers every package that one can open", () => {
    expect(patternCoversPattern(patternOf("acme/"), patternOf("acme/checkout-*"))).toBe(true);
    expect(patternCoversPattern(patternOf("acme/"), patternOf("acme/x"))).toBe(true);
    expect(patternCoversPattern(patternOf("acme/x"), patternOf("acme/x*"))).toBe(false);
    expect(patternCoversPattern(patternOf("acme/x"), patternOf("acme/x"))).toBe(true);
    const rest = fc.array(fc.constantFrom("a", "b", "-", "*"), { maxLength: 4 }).map((all) => `acme/${all.join("")}`);
    const patterns = fc.sample(rest, { numRuns: 2_000, seed: 3 }).flatMap((text) => {
      const result = parseGrantPattern(text);
      return result.ok ? [result.value] : [];
    });
    const names = fc.sample(rest, { numRuns: 500, seed: 4 }).filter((name) => parsePackageName(name).ok);
    fc.assert(
      fc.property(fc.constantFrom(...patterns), fc.constantFrom(...patterns), (outer, inner) => {
        if (!patternCoversPattern(outer, inner)) return;
        expect(names.filter((name) => patternCovers(inner, name) && !patternCovers(outer, name))).toEqual([]);
      }),
      { seed: 5, numRuns: 1_000 },
    );
  });
});
