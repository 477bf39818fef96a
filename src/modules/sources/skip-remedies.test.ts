import { describe, expect, test } from "vitest";
import { isVersionLike, readableTag, remedyOf } from "./skip-remedies.ts";

describe("the remedy of a skipped tag", () => {
  test.each([
    ["1.2.0", 'the tag "1.2.0" does not match the version "1.1.14" in composer.json', "tag again as 1.2.1"],
    ["v2.0.0-beta1", 'the tag "v2.0.0-beta1" does not match the version "1" in composer.json', "as v2.0.0-beta2"],
    ["1.2.9", "it has no composer.json", "add one at the root and tag again as 1.2.10"],
    ["8.x-2.0", 'the tag "8.x-2.0" is not a version', "tag 2.0.0 as well"],
    ["8.x-2.0-beta1", 'the tag "8.x-2.0-beta1" is not a version', "tag 2.0.0-beta1 as well"],
    ["1.2.0.1.1", 'the tag "1.2.0.1.1" is not a version', "tag 1.2.0.1 as well"],
    ["1.2.0_final", 'the tag "1.2.0_final" is not a version', "tag it as Composer reads it"],
    ["8.x-2.0", "it has no composer.json", "tag again as 2.0.1"],
    ["1.3.0", "composer.json is not valid JSON: x", "correct composer.json and tag again as 1.3.1"],
    ["1.3.0", "composer.json has 600 links: VERSION_LINKS_MAX is 500", "raise VERSION_LINKS_MAX on the server"],
    [
      "1.3.0",
      "newer versions take all that its package may have: PACKAGE_METADATA_MAX_MB is 16, PACKAGE_VERSIONS_MAX is 9",
      "offer fewer branches",
    ],
  ])("%s: %s", (tag, reason, words) => {
    expect(remedyOf(`refs/tags/${tag}`, reason)).toContain(words);
  });

  test("is none where the reason says it, and of branches", () => {
    expect(remedyOf("refs/tags/1.0", "something that has its remedy in it")).toBeUndefined();
    expect(remedyOf("refs/tags/nightly", 'the tag "nightly" is not a version')).toBeUndefined();
    expect(remedyOf("refs/heads/main", "it has no composer.json")).toBeUndefined();
  });
});

// What is told for nothing is not read when it matters.
test("a tag is taken for a release by its name", () => {
  for (const tag of ["1.2.0", "v2", "release-1.2", "8.x-2.0", "1.2.0.1.1", "2.0-beta"]) {
    expect(isVersionLike(tag), tag).toBe(true);
  }
  for (const tag of ["nightly", "latest", "demo-1", "before-merge", "build_77"]) {
    expect(isVersionLike(tag), tag).toBe(false);
  }
  expect(readableTag("1.2.0")).toBeUndefined();
});
