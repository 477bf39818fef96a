import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { askPhp } from "../testing/ask-php.ts";
import type { PhpAnswer as Answer } from "../testing/ask-php.ts";
import { readComposerJson } from "./composer-json.ts";
import { ComposerJsonError } from "./errors.ts";
import { constraintMatches, parseConstraint } from "./constraint.ts";
import { compareByOperator, compareVersions, type Operator } from "./version-order.ts";
import type { JsonObject, JsonValue } from "./json-value.ts";
import { expand, minify } from "./metadata-minifier.ts";
import { isPlatformPackage, parsePackageName } from "./package-name.ts";
import { toPackageVersion } from "./package-version.ts";
import { phpVersionCompare } from "./php-version-compare.ts";
import {
  branchAliasOf,
  versionOfBranch,
  versionOfTag,
  type PackageVersionId,
  type SkippedRef,
} from "./vcs-versions.ts";
import {
  normalizeBranch,
  normalizeDefaultBranch,
  normalizeVersion,
  parseNumericAliasPrefix,
  stabilityOf,
} from "./version.ts";

/** Change it to look somewhere else; a fixed value keeps a red run reproducible. */
const SEED = 20_260_824;

/**
 * Compares our answers with PHP's, both values and refusals, and lists the first differences readably. At least
 * `answeredMin` of the inputs must have an answer, so that a test never just compares refusals.
 */
function expectSameAnswers<Q>(
  script: string,
  inputs: readonly Q[],
  question: (input: Q) => unknown,
  ours: (input: Q) => unknown,
  answeredMin: number,
): void {
  const answers = askPhp(script, inputs.map(question));
  expect(answers.length).toBe(inputs.length);
  const differences: unknown[] = [];
  inputs.forEach((input, index) => {
    const answer = answers[index]!;
    let own: Answer;
    try {
      own = { value: ours(input) };
    } catch (error) {
      own = { throws: String(error) };
    }
    const same =
      "value" in answer && "value" in own
        ? JSON.stringify(answer.value) === JSON.stringify(own.value)
        : "throws" in answer && "throws" in own;
    if (!same) differences.push({ input, php: answer, ours: own });
  });
  expect(differences.slice(0, 10), `${differences.length} of ${inputs.length} differ`).toEqual([]);
  const answered = answers.filter((answer) => "value" in answer && JSON.stringify(answer.value) !== "[]");
  expect(answered.length).toBeGreaterThanOrEqual(answeredMin);
}

function sample<T>(arbitrary: fc.Arbitrary<T>, count: number): T[] {
  return fc.sample(arbitrary, { numRuns: count, seed: SEED });
}

const joined = (...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((all) => all.join(""));
const number = fc.oneof(
  { weight: 8, arbitrary: fc.nat(12).map(String) },
  { weight: 2, arbitrary: fc.nat(99_999).map(String) },
  { weight: 1, arbitrary: fc.constantFrom("00", "01", "0010", "99999", "100000", "9999999", "9223372036854775807") },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 10n ** 24n }).map(String) },
);
const modifier = joined(
  fc.constantFrom("", "", "-", ".", "_"),
  fc.constantFrom("", "", "stable", "beta", "b", "RC", "rc", "alpha", "a", "patch", "pl", "p", "BETA", "STABLE", "foo"),
  fc.constantFrom("", "", "1", ".1", "-2", "1.2", "1-2.3", "007", ".", "99999999999999999999"),
  fc.constantFrom("", "", "", "-dev", ".dev", "dev", "-DEV"),
);
const numbers = fc.array(number, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("."));
const oddCharacter = fc.constantFrom(
  ...Array.from(" \t\n\r\v\f\0\u00a0\u2028\u0085\ufeffäßſK٣1a#@+-_.,|*^~<>=!/:xXvV$(){}[]\\'\"😀"),
);
/** Mutates a reasonable text by inserting, removing or replacing characters that the rules care about. */
const mutated = (base: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(base, fc.array(fc.tuple(fc.nat(30), fc.nat(2), oddCharacter), { maxLength: 2 })).map(([text, edits]) => {
    let result = Array.from(text);
    for (const [at, kind, character] of edits) {
      const index = at % (result.length + 1);
      result =
        kind === 0
          ? result.toSpliced(index, 0, character)
          : result.toSpliced(index, 1, ...(kind === 1 ? [] : [character]));
    }
    return result.join("");
  });
const dated = joined(
  fc.constantFrom("", "v"),
  fc.constantFrom("2010", "2024", "0001"),
  fc
    .array(joined(fc.constantFrom(".", "-", ":", ""), fc.constantFrom("01", "12", "1", "2359", "123")), {
      maxLength: 7,
    })
    .map((a) => a.join("")),
  modifier,
);
const branchName = fc.oneof(
  fc.constantFrom(
    "master",
    "main",
    "trunk",
    "default",
    "1.x",
    "v1.x",
    "V2.X",
    "1.*",
    "1.2.x",
    "1.2.3.4",
    "feature/a-b",
  ),
  joined(
    fc.constantFrom("", "v", "V"),
    fc
      .array(fc.constantFrom("x", "X", "*", "0", "1", "12", "9999999"), { minLength: 1, maxLength: 5 })
      .map((a) => a.join(".")),
  ),
  joined(
    fc.constantFrom("fix", "feature", "1.0", "dev-x", "release"),
    fc.constantFrom("-", "/", "#", "+", "@", " ", "."),
    fc.constantFrom("1", "dev", "x", "beta", "ä"),
  ),
);
const version = mutated(
  fc.oneof(
    {
      weight: 6,
      arbitrary: joined(
        fc.constantFrom("", "", "v", "V"),
        numbers,
        modifier,
        fc.constantFrom("", "", "", "+build.5", "+", "@dev", "@RC", " as 1.0", "#abc"),
      ),
    },
    { weight: 2, arbitrary: dated },
    {
      weight: 1,
      arbitrary: joined(fc.constantFrom("dev-", "DEV-", ""), branchName, fc.constantFrom("", "-dev", ".x-dev", "dev")),
    },
  ),
);
const simpleVersion = joined(
  fc.constantFrom("", "", "v"),
  fc.array(fc.nat(3).map(String), { minLength: 1, maxLength: 4 }).map((a) => a.join(".")),
  fc.constantFrom(
    "",
    "",
    "",
    "-dev",
    "-beta1",
    "-RC2",
    "-alpha",
    "-p1",
    "-stable",
    "+b1",
    ".x-dev",
    "-beta.1-dev",
    "@beta",
    "@dev",
  ),
);
const simpleConstraint = fc.oneof(
  joined(fc.constantFrom("", "^", "~", ">=", "<", "<=", ">", "!=", "<>", "=", "==", ">= ", "^ "), simpleVersion),
  joined(
    fc.constantFrom("", "v", "~", "^", ">="),
    fc
      .array(fc.constantFrom("0", "1", "2", "3", "*", "x", "X"), { minLength: 1, maxLength: 5 })
      .map((a) => a.join(".")),
  ),
  joined(simpleVersion, fc.constantFrom(" - ", "  -  ", " -", "- "), simpleVersion),
  joined(
    fc.constantFrom("", "!=", "<", ">=", "="),
    fc.constantFrom("dev-main", "dev-foo", "dev-main#a1b2", "1.x-dev#abc", "feature-dev", "master"),
  ),
  joined(simpleVersion, fc.constant(" as "), simpleVersion),
  fc.constantFrom(
    "*",
    "@dev",
    "@stable",
    "~>1.0",
    "^9223372036854775807",
    "~1.99999999999999999999.1",
    "1.99999999999999999999.*",
    "9999999999999999999999.*",
    "20240101.1",
  ),
);
const constraint = mutated(
  fc
    .tuple(
      simpleConstraint,
      fc.array(
        joined(
          fc.constantFrom(" ", ",", ", ", " , ", "||", " || ", " | ", "|", "  ", ",,", "\n", " ||| "),
          simpleConstraint,
        ),
        { maxLength: 3 },
      ),
    )
    .map(([first, more]) => first + more.join("")),
);

const NASTY_VERSIONS = [
  "",
  " ",
  "\0",
  "\n",
  "1.0\n",
  "1.0\n\n",
  "\n1.0",
  "1.0\r\n",
  "\u00a01.0",
  "1.0\u2028",
  "１.0",
  "١",
  "1.0K",
  "v",
  "v1",
  "V1",
  "vv1",
  "1.0.0.0.0",
  "1.2.3.4.5-dev",
  "123456",
  "12345",
  "2010.1",
  "2010-01-02",
  "20100102",
  "201001020304",
  "2010.01.02.03.04.05.06",
  "2010:01:02",
  "1.0-",
  "1.0.",
  "1.0_",
  "1.0--beta",
  "1.0-beta-",
  "1.0-beta--1",
  "1.0beta.1.2.3",
  "1.0-b1",
  "1.0-p",
  "1.0-pl3",
  "1.0-patch",
  "1.0-STABLE",
  "1.0-Stable",
  "1.0stable",
  "1.0-stable2",
  "1.0-rc",
  "1.0-Rc.1",
  "1.0.x-dev",
  "1.x-dev",
  "x-dev",
  "1-dev",
  "1.0dev",
  "1.0.dev",
  "1.0-devdev",
  "dev",
  "-dev",
  "dev-",
  "DEV-x",
  "dev-dev-x",
  "dev-master",
  "master",
  "trunk",
  "default",
  "Master",
  "master-dev",
  "feature-dev",
  "1.0 as 2.0",
  "dev-x as 1.0",
  "1.0 as  2.0",
  "1.0  as 2.0",
  "1.0@dev",
  "1.0@DEV",
  "1.0@foo",
  "1.0@dev@beta",
  "@dev",
  "1.0+",
  "1.0+a",
  "1.0+a+b",
  "1.0+a b",
  "1.0-beta+a",
  "+a",
  "1.0#abc",
  "dev-x#abc",
  "1.0,2.0",
  "00.00.00.00",
  "0",
  "0.0",
  "1.0.0-a.b",
  "1.0-alpha1beta2",
  "99999999999999999999",
  "1.99999999999999999999",
  "a".repeat(300),
  "1".repeat(300),
  "1." + "1".repeat(500),
  "1.0-beta" + "1".repeat(400) + "x",
  "1" + ".1".repeat(400),
  "1.0 - 2.0",
  "^1.0",
  "1.*",
  "1.0.0.*-dev",
  "1.X-DEV",
  "v1.x-dev",
  "1.0.0-dev+x",
  "1.0-beta1-dev",
  "9999999-dev",
  "1.0-dev\nx",
  "x\n1.0-dev",
  "x\n1.x-dev",
  "dev\n",
  "1.0#a\nb#c",
  "a#b#c",
  "#",
  "x#",
  "x#\n",
  "#a\n\n",
];

describe("parity with composer/semver", () => {
  const versions = [...NASTY_VERSIONS, ...sample(version, 9_000), ...sample(branchName, 500)];

  test("normalizeVersion gives the same text and refuses the same inputs", () => {
    expectSameAnswers("semver.php", versions, (text) => ["normalize", text], normalizeVersion, 2_000);
  });
  test("normalizeBranch gives the same text", () => {
    const branches = [...versions.slice(0, 4_000), ...sample(mutated(branchName), 4_000)];
    expectSameAnswers("semver.php", branches, (text) => ["normalizeBranch", text], normalizeBranch, 8_000);
    expectSameAnswers(
      "semver.php",
      branches,
      (text) => ["normalizeDefaultBranch", text],
      normalizeDefaultBranch,
      8_000,
    );
  });
  test("parseNumericAliasPrefix gives the same prefix", () => {
    const aliases = [
      ...versions,
      ...sample(mutated(joined(numbers, fc.constantFrom("-dev", ".x-dev", ".X-DEV", ".*-dev"))), 3_000),
    ];
    expectSameAnswers(
      "semver.php",
      aliases,
      (text) => ["numericAliasPrefix", text],
      (text) => parseNumericAliasPrefix(text) ?? false,
      12_000,
    );
  });
  test("stabilityOf gives the same stability", () => {
    expectSameAnswers("semver.php", versions, (text) => ["stability", text], stabilityOf, 9_000);
  });

  test("version_compare() orders any two texts the same way", () => {
    const texts = [...NASTY_VERSIONS, ...sample(version, 300)];
    const pairs = sample(fc.tuple(fc.constantFrom(...texts), fc.constantFrom(...texts)), 25_000);
    expectSameAnswers(
      "semver.php",
      pairs,
      ([a, b]) => ["versionCompare", a, b],
      ([a, b]) => phpVersionCompare(a, b),
      25_000,
    );
  });
  test("Comparator answers every operator the same way, branches included", () => {
    const normalized = sample(fc.oneof(simpleVersion, version), 2_000).flatMap((text) => normalizedOrNothing(text));
    const operators: Operator[] = ["==", "!=", "<", "<=", ">", ">="];
    const triples = sample(
      fc.tuple(fc.constantFrom(...normalized), fc.constantFrom(...normalized), fc.constantFrom(...operators)),
      15_000,
    );
    expectSameAnswers(
      "semver.php",
      triples,
      ([a, b, operator]) => ["compare", a, b, operator],
      ([a, b, operator]) => compareByOperator(a, operator, b),
      15_000,
    );
    expectSameAnswers(
      "semver.php",
      triples,
      ([a, b]) => ["compare", a, b, ">"],
      ([a, b]) => compareVersions(a, b) > 0,
      15_000,
    );
  });

  test("parseConstraint builds the same comparisons and refuses the same inputs", () => {
    const constraints = [...NASTY_CONSTRAINTS, ...versions.slice(0, 2_000), ...sample(constraint, 15_000)];
    expectSameAnswers(
      "semver.php",
      constraints,
      (text) => ["parse", text],
      (text) => describeConstraint(parseConstraint(text)),
      3_500,
    );
  });
  test("constraintMatches lets the same versions through", () => {
    const pool = [
      "dev-main",
      "dev-foo",
      "dev-master",
      "9999999-dev",
      "1.9999999.9999999.9999999-dev",
      ...sample(simpleVersion, 120).flatMap((text) => normalizedOrNothing(text)),
      ...sample(version, 100).flatMap((text) => normalizedOrNothing(text)),
    ];
    const constraints = [...NASTY_CONSTRAINTS, ...sample(constraint, 2_000)].filter((text) => {
      try {
        parseConstraint(text);
        return true;
      } catch {
        return false;
      }
    });
    let matched = 0;
    expectSameAnswers(
      "semver.php",
      constraints,
      (text) => ["matches", text, pool],
      (text) => {
        const parsed = parseConstraint(text);
        const results = pool.map((candidate) => constraintMatches(parsed, candidate));
        matched += results.filter(Boolean).length;
        return results;
      },
      500,
    );
    expect(constraints.length * pool.length).toBeGreaterThan(50_000);
    expect(matched).toBeGreaterThan(10_000);
  });
});

const NASTY_CONSTRAINTS = [
  "",
  " ",
  "*",
  "x",
  "X.x",
  "v*",
  "*.*",
  "1",
  "1.0",
  "=1.0",
  "==1.0",
  "===1.0",
  "!1.0",
  "!=1.0",
  "<>1.0",
  "><1.0",
  "=>1.0",
  "=<1.0",
  "> 1.0",
  ">\n1.0",
  "^1",
  "^1.2",
  "^0",
  "^0.0",
  "^0.0.3",
  "^0.3",
  "^00.3",
  "^1.2.3.4",
  "^1-beta",
  "^1@beta",
  "^1.x",
  "^1.x-dev",
  "^1.2.x-dev",
  "^^1",
  "^ 1",
  "^",
  "^v1",
  "^1.2.3.4.5",
  "~1",
  "~1.2",
  "~1.2.3",
  "~1.2.3.4",
  "~0",
  "~1.2-beta",
  "~1.x-dev",
  "~1.2.x-dev",
  "~1.2.3.x-dev",
  "~1.2.3.4.x-dev",
  "~>1.2",
  "~",
  "~1.0\n,<2",
  "^1.0\n,<2",
  "1.*\n,<2",
  "1.*",
  "1.2.*",
  "1.2.3.*",
  "1.2.3.4.*",
  "1.*.*",
  "0.*",
  "0.0.*",
  "*.1",
  "1.*.1",
  "v1.*",
  "1.X",
  "1.x.x",
  "01.*",
  ">=1.*",
  "!=1.*",
  "<1.*",
  "1 - 2",
  "1.0 - 2.0",
  "1.0.0 - 2.0.0",
  "1 - 2.0.0",
  "1.0 - 2.0-beta",
  "1.0-beta - 2",
  "1.0 - 2.x-dev",
  "1.x-dev - 2.x-dev",
  "1.0-1.2",
  "1.0 -2.0",
  "1.0- 2.0",
  "1 - 2 - 3",
  "1 - 2 || 3 - 4",
  "1 - 2,3 - 4",
  "1.0+a - 2.0+b",
  "1.0 - 0",
  "1.0 - 2.0.0.0",
  "0 - 1",
  "1.0 - 1.0",
  ">=1,<2",
  ">=1 <2",
  ">=1, <2",
  ">=1 , <2",
  ">=1,,<2",
  ",>=1",
  ">=1,",
  ">=1 ",
  "| 1",
  "1 |",
  "1||2",
  "1|2",
  "1|||2",
  "1 || || 2",
  "||",
  "|",
  "1 or 2",
  ">=2,<1||>=1,<3",
  ">=1,<2||>=2,<3",
  ">=1,<2||>=2,<=3||>=3,<4",
  ">=1,<=2||>=2,<3",
  ">=1,<2,<3||>=2,<3",
  "^1||^2",
  "^1||^2||^3",
  "^1||^3",
  "^2||^1",
  "*||^1",
  "^1||*",
  "*,^1",
  "^1,*",
  "* - 1",
  ">=1.0-beta",
  ">=1.0-RC1",
  "<1.0-RC1",
  "<1.0-dev",
  "<1.0",
  ">=1.0",
  ">=dev-main",
  "<dev-main",
  "!=dev-main",
  "=dev-main",
  "dev-main",
  "dev-main#abc",
  "dev-main#",
  "dev-main#abc@dev",
  "1.x-dev#abc",
  "1.0#abc",
  "dev-main as 1.0",
  "dev-main as 1.0@beta",
  "1.0 as 2.0",
  "1.0 as",
  "as 1.0",
  "dev-main as 1.0 || 2.0",
  "feature-dev",
  "foo/bar-dev",
  "<feature-dev",
  "!=feature-dev",
  "fe ature-dev",
  "fö-dev",
  "1.0@dev",
  "1.0@beta",
  ">=1.0@beta",
  ">1.0@alpha",
  "<=1.0@RC",
  "<1.0@dev",
  "!=1.0@dev",
  ">=1.0@stable",
  ">=1.0@STABLE",
  ">=1.0@BETA",
  ">=1.0-beta@dev",
  "@dev",
  "@beta",
  "@stable",
  "@foo",
  "*@dev",
  "^1@dev",
  "1.*@dev",
  "@dev@dev",
  "^9223372036854775806",
  "^9223372036854775807",
  "^1.9223372036854775807",
  "~1.9223372036854775807.1",
  "~1.99999999999999999999.1",
  "99999999999999999999.*",
  "9223372036854775807.*",
  "1 - 1.9223372036854775807",
  "1." + "9".repeat(320) + ".*",
  "1." + "9".repeat(308) + ".*",
  "20240101.*",
  "2024.01.02",
  "~20240101",
  "^2024.01",
  "self.version",
  "latest",
  "dev-",
  "dev-\0",
  "1.0\0",
  "^1.0 \u00a0",
  "^1.0\u00a0|| ^2",
  "^1 as ^2",
  "dev-feature, 1.0",
  "dev-a-b -c",
  "dev-a || dev-b",
  "!=dev-a,!=dev-b",
  "!=1.0,dev-a",
  "dev-a,!=dev-b",
  "-1",
  "1-",
  "- 1",
  "1 -",
  " - ",
  "1 -2",
  "1, -2",
  "1.0.0.0.0",
  "1.0.0.0.0.*",
  "1.2.3.4-beta1",
  "<=1.2.3.4-p1",
];

function normalizedOrNothing(text: string): string[] {
  try {
    return [normalizeVersion(text)];
  } catch {
    return [];
  }
}

/** The text that Composer's constraints turn themselves into, so that whole parse results can be compared. */
function describeConstraint(parsed: ReturnType<typeof parseConstraint>): string {
  switch (parsed.kind) {
    case "any-version":
      return "*";
    case "comparison":
      return `${parsed.operator} ${parsed.version}`;
    case "all-of":
      return `[${parsed.constraints.map(describeConstraint).join(" ")}]`;
    case "one-of":
      return `[${parsed.constraints.map(describeConstraint).join(" || ")}]`;
  }
}

describe("parity with composer/metadata-minifier", () => {
  const key = fc.constantFrom("name", "version", "require", "extra", "type", "a", "b", "__proto__", "");
  const leaf = fc.constantFrom<JsonValue>("x", "y", "", null, true, false, 1, 2, "__unset", "1");
  const value = fc.oneof(
    leaf,
    fc.array(leaf, { maxLength: 2 }),
    fc.dictionary(fc.constantFrom("k", "l", "__proto__"), leaf, { maxKeys: 2 }),
  );
  const entry = fc.array(fc.tuple(key, value), { maxLength: 6 }).map((pairs): JsonObject => Object.fromEntries(pairs));
  const lists = sample(fc.array(entry, { maxLength: 6 }), 4_000);

  test("minify writes the same differences in the same key order", () => {
    expectSameAnswers(
      "composer.php",
      lists,
      (list) => ["minify", list],
      (list) => asPhpWrites(minify(list)),
      3_000,
    );
  });
  test("expand restores the same versions in the same key order", () => {
    expectSameAnswers(
      "composer.php",
      lists,
      (list) => ["expand", list],
      (list) => asPhpWrites(expand(list)),
      3_000,
    );
    const minified = lists.map((list) => minify(list));
    expectSameAnswers(
      "composer.php",
      minified,
      (list) => ["expand", list],
      (list) => asPhpWrites(expand(list)),
      3_000,
    );
  });
});

/** PHP cannot tell `{}` from `[]` and writes both as `[]`. */
function asPhpWrites(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Object.keys(value).length === 0) return [];
  if (Array.isArray(value)) return value.map(asPhpWrites);
  return Object.fromEntries(Object.entries<JsonValue>(value).map(([key, member]) => [key, asPhpWrites(member)]));
}

describe("parity with composer/composer", () => {
  const part = fc.oneof(
    fc.constantFrom(
      "acme",
      "a",
      "A",
      "0",
      "con",
      "com1",
      "foo.json",
      "x--y",
      "x---y",
      "a__b",
      "a_b",
      "a.b",
      "-a",
      "a-",
      ".a",
      "a..b",
      "é",
      "",
      "php",
      "ext-json",
      "lib-icu",
    ),
    fc
      .array(fc.constantFrom("a", "b1", "-", "--", "_", ".", "Z", " ", "\n"), { maxLength: 5 })
      .map((all) => all.join("")),
  );
  const packageName = fc.oneof(
    { weight: 5, arbitrary: joined(part, fc.constant("/"), part) },
    { weight: 1, arbitrary: part },
    { weight: 1, arbitrary: joined(part, fc.constant("/"), part, fc.constant("/"), part) },
  );
  const names = [
    ...[
      "php",
      "PHP",
      "php-64bit",
      "php-zts",
      "hhvm",
      "ext-json",
      "ext-Zend_OPcache",
      "ext-",
      "ext-a--b",
      "lib-icu",
      "composer",
      "composer-plugin-api",
      "composer-runtime-api",
      "composer-api",
      "php\n",
    ],
    ...sample(packageName, 6_000),
  ];

  test("the same package names are accepted once they are lower-case", () => {
    const hosted = names
      .map((name) => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()))
      .filter((name) => !isPlatformPackage(name));
    expectSameAnswers(
      "composer.php",
      hosted,
      (name) => ["namingError", name],
      (name) => !parsePackageName(name).ok,
      5_900,
    );
    expectSameAnswers("composer.php", names, (name) => ["isPlatform", name], isPlatformPackage, 6_000);
  });

  test("a tag becomes the same version, with and without a version in composer.json, or is skipped", () => {
    const tagName = fc.oneof(
      joined(fc.constantFrom("", "", "release-", "v", "vrelease-", "release-release-"), simpleVersion),
      version,
    );
    const questions = sample(
      fc.tuple(tagName, fc.option(fc.oneof(simpleVersion, version), { freq: 2, nil: undefined })),
      8_000,
    ).filter(([tag]) => tag !== "");
    const paired = [
      ...questions,
      ...questions
        .slice(0, 2_000)
        .map(([tag]): [string, string] => [tag, tag.replace("release-", "").replace(/^v/, "")]),
    ];
    expectSameAnswers(
      "composer.php",
      paired,
      ([tag, written]) => [
        "vcs",
        {
          tags: Object.fromEntries([[tag, { name: "acme/x", ...(written === undefined ? {} : { version: written }) }]]),
        },
      ],
      ([tag, written]) => asComposerLists(versionOfTag(tag, written)),
      2_000,
    );
  });

  test("a branch becomes the same version, default branch or not, or is skipped", () => {
    const extras = fc.constantFrom<JsonObject | undefined>(
      undefined,
      ...["dev-main", "1.x-dev", "v1.x-dev", "dev-master", "1.0.x-dev"].flatMap((source) =>
        ["1.x-dev", "1.2.x-dev", "2.x-dev", "9999999-dev", "dev-foo", "1.0", "v3.0-dev"].map((target): JsonObject => ({
          "branch-alias": { [source]: target },
        })),
      ),
    );
    const branches = sample(fc.tuple(fc.oneof(branchName, mutated(branchName)), fc.boolean(), extras), 8_000).filter(
      // Composer 2.5, the one installed in Debian 12, does not replace `#` yet, nor looks behind the `v` of a default branch.
      ([branch, isDefault]) => branch !== "" && !branch.includes("#") && !(isDefault && branch.startsWith("v")),
    );
    expectSameAnswers(
      "composer.php",
      branches,
      ([branch, isDefault, extra]) => [
        "vcs",
        {
          branches: Object.fromEntries([[branch, { name: "acme/x", ...(extra ? { extra } : {}) }]]),
          root: isDefault ? branch : "",
        },
      ],
      ([branch, isDefault, extra]) => asComposerLists(versionOfBranch(branch, { isDefault }), extra),
      6_000,
    );
  });

  test("a real git repository lists the same versions", () => {
    const folder = mkdtempSync(join(tmpdir(), "composer-parity-"));
    try {
      const branches = ["1.x", "v2.0", "feature/a-b", "3.0.x", "fix-dev"];
      const tags = ["1.0.0", "v1.1.0-beta2", "release-1.2.0", "nonsense", "2.0-dev", "v3"];
      const git = (...args: string[]): Buffer =>
        execFileSync("git", ["-C", folder, "-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
          stdio: "pipe",
        });
      git("init", "-q", "-b", "main");
      writeFileSync(
        join(folder, "composer.json"),
        JSON.stringify({ name: "acme/x", extra: { "branch-alias": { "dev-main": "4.x-dev" } } }),
      );
      git("add", ".");
      git("commit", "-qm", "first");
      for (const branch of branches) git("branch", branch);
      for (const tag of tags) git("tag", tag);
      const [answer] = askPhp("composer.php", [["git", folder, join(folder, "cache")]]);
      const extra = readComposerJson(`{"name":"acme/x","extra":{"branch-alias":{"dev-main":"4.x-dev"}}}`).extra;
      const expected = [
        ...tags.flatMap((tag) => asComposerLists(versionOfTag(tag))),
        ...["main", ...branches].flatMap((branch) =>
          asComposerLists(versionOfBranch(branch, { isDefault: branch === "main" }), extra),
        ),
      ];
      const byVersion = (list: JsonValue): unknown[] =>
        (list as JsonObject[]).map((item) => JSON.stringify(item)).sort();
      expect(answer).toHaveProperty("value");
      expect(byVersion((answer as { value: JsonValue }).value)).toEqual(byVersion(expected));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function asComposerLists(id: PackageVersionId | SkippedRef, extra?: JsonObject): JsonObject[] {
  if ("skipped" in id) return [];
  const { version: pretty, versionNormalized, stability, defaultBranch = false } = id;
  const alias = branchAliasOf(extra, id) ?? null;
  return [{ version: pretty, versionNormalized, stability, defaultBranch, alias }];
}

describe("a composer.json that we publish", () => {
  const junk = fc.constantFrom<JsonValue>(
    null,
    true,
    false,
    0,
    1.5,
    "",
    " ",
    "x",
    "../x",
    "a\0b",
    [],
    {},
    ["x"],
    ["", 1],
    [null],
    { a: "b" },
    { a: 1 },
    { "0": "x" },
    { a: ["x"] },
    { a: { b: "c" } },
    [["x"]],
    [{}],
    [{ name: 1 }],
    "__unset",
  );
  const target = fc.constantFrom(
    "php",
    "ext-json",
    "acme/y",
    "Acme/Z",
    "acme",
    "acme/x",
    "123",
    "a b/c",
    "composer-plugin-api",
    "con/x",
    "x/y.json",
    "a//b",
    "",
  );
  const constraintValue = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom<JsonValue>("*", "^1.0", ">=1 <2", "self.version", "dev-main", "1.0 || 2.0", "@dev"),
    },
    { weight: 1, arbitrary: simpleConstraint },
    { weight: 1, arbitrary: fc.constantFrom<JsonValue>("", "^^1", "latest", 1, null, true, ["1"], {}) },
  );
  const links = fc.dictionary(target, constraintValue, { maxKeys: 3 });
  const paths = fc.constantFrom<JsonValue>("src/", ["src/", "lib/"], { a: "src" }, "", [1], null, 1, [["x"]], "a\0b");
  const known: Record<string, fc.Arbitrary<JsonValue>> = {
    name: fc.constantFrom<JsonValue>("acme/x", "acme/x", "acme/x", "acme/x", "Acme/X", "acme", "php"),
    version: fc.constantFrom<JsonValue>("1.0.0", "v1", 1.5, 2, "dev-main", "nonsense", true),
    type: fc.constantFrom<JsonValue>("library", "metapackage", "magento2-module", "Odd_Type"),
    require: links,
    "require-dev": links,
    conflict: links,
    replace: links,
    provide: links,
    suggest: fc.constantFrom<JsonValue>({ "a/b": "why" }, { "a/b": "self.version" }, { "a/b": 1 }, ["a/b"], {
      "1": "x",
    }),
    autoload: fc.oneof(
      fc.dictionary(
        fc.constantFrom("psr-4", "psr-0", "classmap", "files", "exclude-from-classmap", "odd"),
        fc.oneof(paths, fc.dictionary(fc.constantFrom("Acme\\", "Acme", "", "0"), paths, { maxKeys: 2 })),
        { maxKeys: 2 },
      ),
    ),
    "autoload-dev": fc.constantFrom<JsonValue>({ "psr-4": { "T\\": "t" } }),
    "target-dir": fc.constantFrom<JsonValue>("a/b", "../x"),
    bin: fc.constantFrom<JsonValue>("bin/x", ["bin/x", "y"], { a: "x" }, ["a/../b"], "..", "a..b"),
    "include-path": fc.constantFrom<JsonValue>(["a"], { x: "a" }),
    extra: fc.oneof(
      fc.dictionary(
        fc.constantFrom("branch-alias", "x"),
        fc.oneof(
          junk,
          fc.dictionary(
            fc.constantFrom("dev-main", "1.x-dev", "0"),
            fc.constantFrom<JsonValue>("1.x-dev", "1.0", 1, null, "dev-x-dev", "9999999-dev"),
          ),
        ),
      ),
      junk,
    ),
    keywords: fc.constantFrom<JsonValue>(["a", "b c"], ["a", null], ["<b>"], [1], { a: "b" }),
    license: fc.constantFrom<JsonValue>("MIT", ["MIT", "proprietary"], "no such", [1]),
    authors: fc.constantFrom<JsonValue>([{ name: "A", email: "a@example.org" }], [{ name: 1 }], ["A"], { name: "A" }, [
      { homepage: "javascript:x" },
    ]),
    support: fc.constantFrom<JsonValue>({ issues: "https://x.org", email: "a@b.c" }, { issues: 1 }, "x", {
      source: "x",
    }),
    funding: fc.constantFrom<JsonValue>([{ type: "x", url: "https://x.org" }], [{ url: 1 }], ["x"]),
    scripts: fc.constantFrom<JsonValue>({ test: "x" }, { test: ["x"] }, { php: "x" }, { x: 1 }),
    archive: fc.constantFrom<JsonValue>({ exclude: ["a"] }, { exclude: "a" }, { name: 1 }, { name: "x" }, "x"),
    abandoned: fc.constantFrom<JsonValue>(true, false, "acme/y", 1, "true", "false", "0", "", []),
    homepage: fc.constantFrom<JsonValue>("https://x.org", "javascript:x", "x"),
    "php-ext": fc.constantFrom<JsonValue>({ a: 1 }, "x"),
    source: junk,
    dist: junk,
    "default-branch": junk,
    "notification-url": junk,
    time: junk,
    "transport-options": junk,
    version_normalized: junk,
    description: junk,
    ["__proto__"]: junk,
  };
  const keys = Object.keys(known);
  const document = fc
    .tuple(
      fc.subarray(keys, { maxLength: 7 }),
      fc.infiniteStream(fc.nat(11)),
      fc.record(known),
      fc.infiniteStream(junk),
    )
    .map(([chosen, dice, values, junks]): JsonObject => {
      const entries = [...new Set(["name", ...chosen])].map((key): [string, JsonValue] => {
        // Now and then a field holds something of an altogether wrong type.
        const isJunk = key !== "name" && dice.next().value === 0;
        const { value: odd = null } = junks.next() as { value?: JsonValue };
        return [key, isJunk ? odd : (values[key] ?? null)];
      });
      return Object.fromEntries(entries);
    });
  const documents = sample(document, 12_000);
  const accepted = documents.flatMap((json) => {
    try {
      return [{ json, read: readComposerJson(JSON.stringify(json)) }];
    } catch (error) {
      expect(error).toBeInstanceOf(ComposerJsonError);
      return [];
    }
  });

  test("never makes Composer throw, neither when it loads the metadata nor when it installs", () => {
    const entries = accepted.flatMap(({ read }) =>
      [
        versionOfTag("v1.2.0"),
        versionOfBranch("main", { isDefault: true }),
        versionOfBranch("1.x", { isDefault: false }),
      ].flatMap((id) => ("skipped" in id ? [] : [toPackageVersion(read, { name: "acme/x", ...id })])),
    );
    expect(accepted.length).toBeGreaterThan(3_000);
    const answers = askPhp(
      "composer.php",
      entries.map((entry) => [
        "use",
        { ...entry, dist: { type: "zip", url: "https://x.org/a.zip", reference: "a".repeat(40), shasum: "" } },
      ]),
    );
    const failures = answers.flatMap((answer, index) =>
      "throws" in answer ? [{ answer, entry: entries[index] }] : [],
    );
    expect(failures.slice(0, 5)).toEqual([]);
  });

  test("gets the alias that Composer gives it", () => {
    const entries = accepted.map(({ read }) =>
      toPackageVersion(read, { name: "acme/x", version: "dev-main", versionNormalized: "dev-main" }),
    );
    expectSameAnswers(
      "composer.php",
      entries,
      (entry) => ["branchAlias", entry],
      (entry) => branchAliasOf(entry["extra"] as JsonObject | undefined, { version: "dev-main" }) ?? null,
      5_000,
    );
  });

  test("is refused only where Composer's own validation finds an error, or crashes", () => {
    const refused = documents.filter((json) => !accepted.some((item) => item.json === json));
    const answers = askPhp(
      "composer.php",
      refused.map((json) => ["validate", JSON.stringify(json)]),
    );
    const stricter = refused.filter((_, index) => {
      const answer = answers[index]!;
      return "value" in answer && (answer.value as { errors: string[] }).errors.length === 0;
    });
    const reasons = stricter.flatMap((json) => {
      try {
        readComposerJson(JSON.stringify(json));
        return [];
      } catch (error) {
        return [String(error)];
      }
    });
    expect(reasons.filter((reason) => !STRICTER_ON_PURPOSE.some((rule) => rule.test(reason))).slice(0, 10)).toEqual([]);
    expect(refused.length).toBeGreaterThan(3_000);
  });
});

/** Where we refuse what ValidatingArrayLoader of Composer 2.5 lets pass (at most with a warning), and why. */
const STRICTER_ON_PURPOSE = [
  // PHP file functions throw on NUL, and Composer's autoloader code on anything but strings, during the install.
  /"(?:autoload\..*|bin|type|target-dir|include-path)" must (?:be a string|not contain a NUL character)/,
  // A psr-0 namespace that is an integer is a TypeError when the autoloader is optimized (`composer install -o`).
  /"autoload.psr-0" must be an object of namespaces and paths/,
  // Composer 2.10 aborts the install.
  /must not contain a "\.\." path segment/,
  // An integer-like target is a TypeError in ArrayLoader; odd characters make a broken URL of the next request.
  /"(?:require|require-dev|conflict|provide|replace)\..*": ".*" is not a package name/,
  // Such a requirement can be fulfilled by nobody.
  /"require(?:-dev)?\..*": ".*" is neither "vendor\/name" nor a platform package/,
  // A platform package cannot be hosted.
  /"name": "php" is not a package name/,
  // `true` is version "1" to PHP, which nobody can have meant.
  /"version" must be a string/,
];
