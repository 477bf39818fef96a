import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { askPhp } from "../testing/ask-php.ts";
import { readComposerJson } from "./composer-json.ts";
import { parseExact, writeExact } from "./exact-json.ts";
import type { JsonObject } from "./json-value.ts";
import { expand, minify } from "./metadata-minifier.ts";
import { toPackageVersion } from "./package-version.ts";

/** Change it to look somewhere else; a fixed value keeps a red run reproducible. */
const SEED = 20_261_201;

const entryOf = (text: string): string =>
  writeExact(
    toPackageVersion(readComposerJson(text), { name: "acme/x", version: "1.0.0", versionNormalized: "1.0.0.0" }),
  );

describe("a composer.json comes out as it went in", () => {
  test.each([
    [`{"10":"a","2":"b"}`],
    [`{"b":1,"1":{"7":[{"3":1,"0":2}],"a":2},"0":3}`],
    [`{"id":9007199254740993,"big":12345678901234567890,"f":1.0,"e":1.5e3,"z":-0,"n":-0.0,"s":0.10,"i":0,"t":-12}`],
    [`{"list":[1.0,2,{"5":[]},{}],"empty":{},"none":[]}`],
    [`{"__proto__":{"1":1.0},"constructor":"x","4294967294":1,"4294967295":2,"01":3,"-1":4}`],
    [`{"rawJSON":"1.0","\\u0000a":{"1":"\\u0000\\"x\\":1.0"},"url":"http://h:8080.0/"}`],
  ])("%s", (extra) => {
    expect(entryOf(`{"name":"acme/x","extra":${extra}}`)).toContain(`"extra":${extra}`);
  });

  test("of a key that is there twice the last value counts, at the place of the first, as PHP has it", () => {
    expect(entryOf(`{"name":"acme/x","extra":{"2":1,"a":1,"\\u0032":{"9":1,"1":1},"a":3.0}}`)).toContain(
      `"extra":{"2":{"9":1,"1":1},"a":3.0}`,
    );
  });

  test("in every field, also where some members are left out", () => {
    const text = `{"name":"acme/x","scripts":{"9":"a","php":"x","1":"b"},"authors":[{"name":"A","8":1.0,"3":2}],
      "keywords":["a",1.0],"autoload-dev":{"9":1,"1":1.0},"archive":{"7":1,"exclude":["a"],"2":2}}`;
    expect(entryOf(text)).toContain(
      [
        `"keywords":["a",1.0],"authors":[{"name":"A","8":1.0,"3":2}],"autoload-dev":{"9":1,"1":1.0},`,
        `"scripts":{"9":"a","1":"b"},"archive":{"7":1,"exclude":["a"],"2":2}`,
      ].join(""),
    );
  });

  test("a number that PHP cannot write into a composer.lock is refused, as is a requirement by number", () => {
    expect(() => entryOf(`{"name":"acme/x","extra":{"a":1e400}}`)).toThrow("holds a number that is too large for PHP");
    const deep = `${"[".repeat(100_000)}1.0${"]".repeat(100_000)}`;
    expect(() => entryOf(`{"name":"acme/x","extra":${deep}}`)).toThrow("levels deep");
    expect(() => entryOf(`{"name":"acme/x","require":{"12":"^1"}}`)).toThrow(`"12" is not a package name`);
    expect(() => entryOf(`{"name":"acme/x","autoload":{"psr-4":1.0}}`)).toThrow("must be an object of namespaces");
  });

  test("a list of versions is minified and restored without loss", () => {
    const versions = [
      `{"v":1,"extra":{"2":1.0,"1":2}}`,
      `{"v":2,"extra":{"2":1.0,"1":2}}`,
      `{"v":3,"extra":{"1":2,"2":1.0}}`,
    ];
    const list = versions.map((text) => parseExact(text) as JsonObject);
    expect(minify(list).map(writeExact)).toEqual([versions[0], `{"v":2}`, versions[2]]);
    expect(expand(minify(list)).map(writeExact)).toEqual(versions);
  });

  // What a buyer's composer has of a version must be what it would have from the vendor's own repository.
  test("Composer makes the same of our entry as of the composer.json itself", () => {
    const numbers = ["0", "-0", "1", "1.0", "1.50", "-0.0", "1e5", "1E-7", "9007199254740993", "-9223372036854775808"];
    const number = fc.constantFrom(...numbers, "18446744073709551616", "0.1", "123456789012345.678901", "1e-400");
    const key = fc.constantFrom("a", "b", "1", "2", "10", "01", "-1", "0", "4294967295", "\\u0031", "é", "");
    const { value } = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(number, fc.constantFrom(`"1.0"`, `"x: -0, \\"1\\":2.0"`, "true", "null", "{}", "[]", `"\\u00e9"`)),
        fc.array(tie("value"), { maxLength: 4 }).map((all) => `[${all.join(", ")}]`),
        fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map((all) => objectOf(all)),
      ),
    }));
    const members = fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 6 }).map((all) => objectOf(all));
    const document = fc
      .tuple(members, members, members)
      .map(
        ([extra, scripts, dev]) =>
          `{"name": "acme/x", "extra": ${extra}, "scripts": ${scripts}, "autoload-dev": ${dev}}`,
      );
    const texts = fc.sample(document, { numRuns: 3_000, seed: SEED });
    const answers = askPhp(
      "composer.php",
      [...texts, ...texts.map(entryOf)].map((text) => ["dumped", text]),
    );
    const differences = texts.filter((_, index) => {
      const [own, ours] = [answers[index], answers[index + texts.length]];
      return own === undefined || "throws" in own || JSON.stringify(own) !== JSON.stringify(ours);
    });
    expect(differences.slice(0, 3).map((text) => [text, entryOf(text)])).toEqual([]);
  });
});

function objectOf(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([key, member]) => `"${key}" : ${member}`).join(",\n")}}`;
}
