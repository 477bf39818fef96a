import { describe, expect, test } from "vitest";
import { constraintMatches, countConstraintParts, parseConstraint } from "./constraint.ts";
import { InvalidConstraintError } from "./errors.ts";
import { normalizeVersion } from "./version.ts";

const satisfies = (version: string, constraint: string): boolean =>
  constraintMatches(parseConstraint(constraint), normalizeVersion(version));

describe("a constraint lets through", () => {
  test.each([
    ["^1.2", ["1.2.0", "1.9.9", "1.2.0-beta1", "1.x-dev"], ["1.1.9", "2.0.0", "2.0.0-dev", "dev-main"]],
    ["^0.3", ["0.3.0", "0.3.9"], ["0.4.0"]],
    ["~1.2", ["1.2.0", "1.9.0"], ["2.0.0", "1.1.0"]],
    ["~1.2.3", ["1.2.9"], ["1.3.0"]],
    ["1.2.*", ["1.2.0", "1.2.99", "1.2.0-alpha1"], ["1.3.0"]],
    ["1.0 - 2.0", ["1.0.0", "2.0.9"], ["2.1.0", "0.9.9"]],
    ["1.0 - 2.0.0", ["2.0.0"], ["2.0.1"]],
    [">=1.0 <1.5 || ^3", ["1.4.0", "3.1.0"], ["1.5.0", "2.0.0"]],
    [">1.0,<=2.0,!=1.5", ["1.4.0", "2.0.0"], ["1.0.0", "1.5.0"]],
    ["dev-main#0a1b2c", ["dev-main"], ["dev-other", "1.0.0"]],
    ["feature-dev", ["dev-feature"], ["1.0.0"]],
    ["!=dev-main", ["dev-other", "1.0.0"], ["dev-main"]],
    ["*", ["1.0.0", "dev-main"], []],
    ["@dev", ["1.0.0", "dev-main"], []],
    [">=1.0@beta", ["1.0.0-beta1", "1.0.0"], ["1.0.0-alpha1"]],
    // Composer joins neighbouring ranges without asking whether they are empty.
    [">=2,<1||>=1,<3", ["2.5.0"], ["1.5.0"]],
  ])("%s: %j but not %j", (constraint, inside, outside) => {
    expect(inside.filter((version) => !satisfies(version, constraint))).toEqual([]);
    expect(outside.filter((version) => satisfies(version, constraint))).toEqual([]);
  });
});

describe("a constraint is refused", () => {
  test.each(["", "^^1", "~>1.0", "latest", "1.0 as", "1.0 2.0 -", ">=1,,<2,,", "dev-a b c-", "self.version"])(
    "%j",
    (text) => {
      expect(() => parseConstraint(text)).toThrow(InvalidConstraintError);
      expect(() => parseConstraint(text)).toThrow(/^[^\n]{1,250}$/);
    },
  );

  test("when it is longer than any real one, so that no pattern can be made slow", () => {
    expect(() => parseConstraint("1.0 || ".repeat(300) + "2.0")).toThrow(/longer than 2000 characters/);
  });

  test.each([
    ["spaces", `1${" ".repeat(1_990)}x`],
    ["spaces before a hyphen", `${" ".repeat(990)}1${" ".repeat(990)}-`],
    ["dots", `1${".1".repeat(990)}!`],
    ["digits", `^1.${"1".repeat(1_990)}!`],
    ["modifier steps", `1.0-beta${"1.1-1".repeat(380)}!`],
    ["at signs", "@".repeat(2_000)],
    ["hashes", `dev-${"#".repeat(1_900)}\n\n`],
    ["pipes", "|".repeat(2_000)],
    ["newlines", `1${"\n".repeat(1_990)}x`],
    ["date parts", `2024${"-01".repeat(600)}x`],
  ])("within a fraction of a second although it is all %s", (_what, text) => {
    const started = performance.now();
    try {
      parseConstraint(text);
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidConstraintError);
    }
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe("a constraint that is made to be slow", () => {
  // 480 of them at each of 20 tags kept a server from answering for a minute.
  test("is parsed once, however often it comes", () => {
    const text = Array(600).fill("1").join("||");
    expect(parseConstraint(text)).toBe(parseConstraint(text));
    const broken = `${text}||^^`;
    expect(() => parseConstraint(broken)).toThrow(InvalidConstraintError);
    expect(() => parseConstraint(broken)).toThrow(InvalidConstraintError);
  });
});

test("the parts of a constraint are its alternatives and what they combine", () => {
  for (const [text, parts] of [
    ["*", 1],
    ["^1.2", 1],
    [">=1,<2 || ^3", 3],
    ["1.0 - 2.0", 1],
    [">=1 <2 !=1.5|dev-main#abc", 4],
  ] as const) {
    expect(countConstraintParts(text), text).toBe(parts);
  }
});
