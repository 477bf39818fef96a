import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "./json-value.ts";
import { expand, minify } from "./metadata-minifier.ts";

describe("minified metadata", () => {
  test("repeats nothing, and names what a version no longer has", () => {
    const versions = [
      { name: "acme/x", version: "2.0.0", require: { php: ">=8" }, type: "library" },
      { name: "acme/x", version: "1.0.0", require: { php: ">=8" }, license: ["MIT"] },
    ];
    expect(minify(versions)).toEqual([versions[0], { version: "1.0.0", license: ["MIT"], type: "__unset" }]);
  });

  test("expands to what it was made from", () => {
    const entry = fc.dictionary(
      fc.constantFrom("name", "a", "b", "c", "__proto__"),
      fc.constantFrom<JsonObject[string]>("x", 1, true, ["y"], { k: "v" }),
      {
        minKeys: 1,
      },
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), (list) => {
        const named = list.map((item): JsonObject => ({ ...item, name: "acme/x" }));
        expect(expand(minify(named))).toEqual(named);
      }),
      { seed: 11, numRuns: 1_000 },
    );
  });

  test("a key called __proto__ is data and changes no prototype", () => {
    const hostile = JSON.parse('[{"name":"a/b"},{"name":"a/b","__proto__":{"polluted":true}}]') as JsonObject[];
    const restored = expand(minify(hostile));
    expect(JSON.stringify(restored)).toBe(JSON.stringify(hostile));
    expect(Object.getPrototypeOf(restored[1])).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("does not change what it is given", () => {
    const versions = Object.freeze([
      Object.freeze({ name: "a/b", version: "2" }),
      Object.freeze({ name: "a/b", version: "1" }),
    ]);
    expect(() => expand(minify(versions))).not.toThrow();
  });
});
