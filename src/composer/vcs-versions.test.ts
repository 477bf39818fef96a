import { describe, expect, test } from "vitest";
import { branchAliasOf, versionOfBranch, versionOfTag } from "./vcs-versions.ts";

describe("versionOfTag", () => {
  test.each([
    ["v1.2.0", undefined, "v1.2.0", "1.2.0.0", "stable"],
    ["release-1.2", undefined, "1.2", "1.2.0.0", "stable"],
    ["1.0.0-beta1", undefined, "1.0.0-beta1", "1.0.0.0-beta1", "beta"],
    ["v1.0", "1.0.0", "1.0.0", "1.0.0.0", "stable"],
    ["1.0", "1.0-dev", "1.0", "1.0.0.0", "stable"],
  ])("%j with version %j in composer.json is %j", (tag, written, version, versionNormalized, stability) => {
    expect(versionOfTag(tag, written)).toEqual({ version, versionNormalized, stability, isDev: false });
  });

  test.each([
    ["nightly", undefined, /not a version/],
    ["1.0-dev", undefined, /dev version/],
    ["dev-main", undefined, /dev version/],
    ["1.0.0", "1.0.1", /does not match/],
    ["1.0.0", "latest", /in composer.json is not valid/],
  ])("%j with version %j is skipped, and says why", (tag, written, reason) => {
    expect(versionOfTag(tag, written)).toEqual({ skipped: expect.stringMatching(reason) as unknown });
  });
});

describe("versionOfBranch", () => {
  test.each([
    ["main", "dev-main", "dev-main"],
    ["1.x", "1.x-dev", "1.9999999.9999999.9999999-dev"],
    ["v2.1", "v2.1.x-dev", "2.1.9999999.9999999-dev"],
    ["feature/a", "dev-feature/a", "dev-feature/a"],
    ["fix#12", "dev-fix+12", "dev-fix+12"],
  ])("%j is %j", (branch, version, versionNormalized) => {
    expect(versionOfBranch(branch, { isDefault: false })).toEqual({
      version,
      versionNormalized,
      stability: "dev",
      isDev: true,
    });
  });

  test("only the default branch says so", () => {
    expect(versionOfBranch("main", { isDefault: true })).toHaveProperty("defaultBranch", true);
  });

  test("a name that a constraint could not ask for is skipped", () => {
    expect(versionOfBranch("a,b", { isDefault: false })).toHaveProperty("skipped");
  });
});

describe("branchAliasOf", () => {
  const extra = { "branch-alias": { "dev-main": "2.x-dev", "1.x-dev": "1.4.x-dev", "dev-bad": "main" } };
  test.each([
    ["dev-main", undefined, "2.9999999.9999999.9999999-dev"],
    ["1.x-dev", undefined, "1.4.9999999.9999999-dev"],
    ["dev-bad", undefined, undefined],
    ["dev-other", true, "9999999-dev"],
    ["3.x-dev", true, undefined],
    ["v3.x-dev", true, undefined],
    ["1.0.0", true, undefined],
  ])("%j (default branch: %j) is also %j", (version, defaultBranch, alias) => {
    expect(branchAliasOf(extra, { version, defaultBranch })).toBe(alias);
  });
});
