import { describe, expect, test } from "vitest";
import { readComposerJson } from "./composer-json.ts";
import { ComposerJsonError } from "./errors.ts";
import { toPackageVersion } from "./package-version.ts";

const read = (fields: Record<string, unknown>): ReturnType<typeof readComposerJson> =>
  readComposerJson(JSON.stringify({ name: "acme/x", ...fields }));

describe("readComposerJson keeps", () => {
  test("what metadata carries, as it was written, and nothing else", () => {
    const published = {
      description: "d",
      version: "v1.0",
      type: "magento2-module",
      keywords: ["a b"],
      license: ["proprietary"],
      require: {
        PHP: ">=8.1",
        "Acme/Y": "^1.0 || 2.*",
        "ext-json": "*",
        "composer-plugin-api": "^2",
        "acme/z": "self.version",
      },
      "require-dev": { "acme/dev": "@dev" },
      replace: { virtual: "1.0" },
      autoload: { "psr-4": { "Acme\\": ["src/", "lib/"], "": "x" }, files: ["f.php"] },
      bin: ["bin/x"],
      extra: { "branch-alias": { "dev-main": "1.x-dev" }, other: [1, { deep: null }] },
      abandoned: "acme/new",
    };
    expect(
      read({
        ...published,
        repositories: [],
        config: {},
        source: { type: "git" },
        dist: { url: "x" },
        time: "2020",
        "minimum-stability": "dev",
        "default-branch": true,
      }),
    ).toEqual({ name: "acme/x", ...published });
  });

  test("no empty field, because PHP cannot tell {} from []", () => {
    expect(
      read({ require: {}, extra: {}, autoload: [], bin: [], keywords: [], scripts: {}, support: {}, conflict: null }),
    ).toEqual({ name: "acme/x" });
  });

  test("the given name for old tags that have none or another", () => {
    expect(readComposerJson("{}", { packageName: "acme/x" })).toEqual({ name: "acme/x" });
    expect(readComposerJson('{"name":"Old Name"}', { packageName: "acme/x" })).toEqual({ name: "acme/x" });
  });

  test("everything valid when a field that only describes is malformed", () => {
    expect(
      read({
        description: 1,
        homepage: "javascript:alert(1)",
        keywords: ["ok", "<b>", null],
        license: ["MIT", 1],
        authors: [{ name: "A", email: 1 }, "B"],
        support: { issues: "https://x.org/i", chat: "x", docs: 1 },
        funding: "x",
        suggest: { "a/b": "why", "1": "x", "c/d": 2 },
        scripts: ["x"],
        archive: { exclude: "a", name: 1 },
        abandoned: 1,
        extra: { "branch-alias": { "dev-main": 1, "dev-x": "2.x-dev", "1.x-dev": "2.0.x-dev" } },
      }),
    ).toEqual({
      name: "acme/x",
      keywords: ["ok"],
      license: ["MIT"],
      authors: [{ name: "A" }],
      support: { issues: "https://x.org/i" },
      suggest: { "a/b": "why" },
      abandoned: true,
      extra: { "branch-alias": { "dev-x": "2.x-dev" } },
    });
  });

  test.each([
    ["acme/new", "acme/new"],
    ["true", "true"],
    ["false", "false"],
    [true, true],
    [1, true],
    [["acme/new"], true],
    [false, undefined],
    [0, undefined],
    ["", undefined],
    ["0", undefined],
    [[], undefined],
    [null, undefined],
  ])("abandoned %j as Composer's loader does", (said, abandoned) => {
    expect(read({ abandoned: said }).abandoned).toEqual(abandoned);
  });

  test("hostile keys as plain data", () => {
    const hostile =
      '{"name":"acme/x","extra":{"__proto__":{"polluted":1},"constructor":{"prototype":2}},"__proto__":{"require":{"a":"b"}}}';
    const result = readComposerJson(hostile);
    expect(JSON.stringify(result)).toBe(
      '{"name":"acme/x","extra":{"__proto__":{"polluted":1},"constructor":{"prototype":2}}}',
    );
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("readComposerJson refuses, naming the field in one line,", () => {
  test.each([
    ["{", /is not valid JSON/],
    ["[]", /is not a JSON object/],
    ["null", /is not a JSON object/],
    ["{}", /has no name/],
    ['{"name":"acme"}', /"name": "acme" is not a package name/],
    ['{"name":"acme/x","description":"\\ud800"}', /surrogate/],
    ['{"name":"acme/x","extra":{"\\udc00":1}}', /surrogate/],
    [`{"name":"acme/x","extra":${"[".repeat(600)}${"]".repeat(600)}}`, /deep/],
  ])("the document %s", (text, reason) => {
    expect(() => readComposerJson(text)).toThrow(reason);
    expect(() => readComposerJson(text)).toThrow(/^[^\n]*$/);
    expect(() => readComposerJson(text)).toThrow(ComposerJsonError);
  });

  test.each([
    [{ version: "latest" }, /"version": "latest" is not a valid version/],
    [{ require: { "foo/bar": "^^1" } }, /"require.foo\/bar": "\^\^1" is not a valid version constraint/],
    [{ conflict: { "foo/bar": 1 } }, /"conflict.foo\/bar".*must be a string/],
    [{ require: ["foo/bar"] }, /"require" must be an object/],
    [{ require: { "foo bar": "*" } }, /not a package name/],
    [{ replace: { "1": "*" } }, /not a package name/],
    [{ require: { foo: "*" } }, /neither "vendor\/name" nor a platform package/],
    [{ type: 1 }, /"type" must be a string/],
    [{ bin: ["a", 1] }, /"bin" must be a string/],
    [{ bin: "../../etc/x" }, /"bin".*path segment/],
    [{ autoload: "src/" }, /"autoload" must be an object/],
    [{ autoload: { "psr-4": { Acme: "src/" } } }, /must end in a backslash/],
    [{ autoload: { "psr-4": "src/" } }, /"autoload.psr-4" must be an object/],
    [{ autoload: { files: [1] } }, /"autoload.files" must be a string/],
    [{ autoload: { "psr-4": { "A\\": "" } }, "target-dir": "a" }, /"target-dir"/],
    [{ "include-path": "x" }, /"include-path"/],
    [{ bin: "a\0b" }, /NUL/],
  ])("%j", (fields, reason) => {
    expect(() => read(fields)).toThrow(reason);
    expect(() => read(fields)).toThrow(/^[^\n]*$/);
    expect(() => read(fields)).toThrow(ComposerJsonError);
  });
});

describe("toPackageVersion", () => {
  test("puts the given identity over the one in the file", () => {
    const entry = toPackageVersion(read({ version: "9", type: "library" }), {
      name: "acme/new",
      version: "dev-main",
      versionNormalized: "dev-main",
      defaultBranch: true,
    });
    expect(entry).toEqual({
      name: "acme/new",
      version: "dev-main",
      version_normalized: "dev-main",
      type: "library",
      "default-branch": true,
    });
  });

  test("refuses self.version where the version is no constraint", () => {
    const composerJson = read({ require: { "acme/y": "self.version" } });
    expect(() =>
      toPackageVersion(composerJson, { name: "acme/x", version: "dev-a, ,b", versionNormalized: "dev-a, ,b" }),
    ).toThrow(/self.version/);
  });
});
