import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RemoteRef } from "../../platform/git/index.ts";
import { askPhp } from "../../testing/ask-php.ts";
import { testBudgets } from "../../testing/budgets.ts";
import { inComposersOrder, settleContests, shortName } from "./publication.ts";
import type { RefEntry } from "./publication.ts";
import { readRef } from "./ref-reading.ts";

/** Change it to look somewhere else; a fixed value keeps a red run reproducible. */
const SEED = 20_261_130;
const LISTS = 500;

interface Tag {
  readonly name: string;
  /** undefined: the tag has no composer.json. */
  readonly manifest: { readonly name: string; readonly version?: string } | undefined;
}

const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(""));
/** Spellings of a few numbers and words, so that tags of a list often mean the same. */
const NUMBERS = [
  ["1", "01", "1.0", "1.00", "1.0.0", "v1.0.0", "V1.0.0.0", "1.0.0.00", "v1"],
  ["2.1", "2.01", "v2.1.0", "2.10", "02.1", "2.001.0"],
  ["2024-01-15", "2024.01.15", "20240115", "2024.01.15.0", "v2024-01-15", "2024.1.15", "2024:01:15"],
];
const WORDS = [["beta", "b", "BETA"], ["RC", "rc"], ["alpha", "a"], ["patch", "p", "pl"], ["stable", "STABLE"], [""]];
const ODD = ["nightly", "1.2.3.4.5", "1.x", "dev-main", "release", "99999999999999999999", "1.0.0@dev", "1.0-dev"];

const versionOf = (numbers: readonly string[], words: readonly string[]) =>
  joined(
    fc.constantFrom(...numbers),
    fc.constantFrom("", "-", ".", "_"),
    fc.constantFrom(...words),
    fc.constantFrom("", "", "1", "01", ".1", "-1", "1.0", "0"),
    fc.constantFrom("", "", "", "+build.1"),
  );
const tagOf = (version: fc.Arbitrary<string>) =>
  fc
    .tuple(joined(fc.constantFrom("", "", "", "release-", "v"), version), fc.constantFrom(...ODD), version, fc.nat(19))
    .map(([text, odd, written, dice]): Tag => {
      if (dice === 0) return { name: text, manifest: undefined };
      const manifest = { name: "acme/x", ...(dice < 4 ? { version: written } : {}) };
      return { name: dice === 4 ? odd : text, manifest };
    });
const list = fc
  .tuple(fc.constantFrom(...NUMBERS), fc.subarray(WORDS, { minLength: 1, maxLength: 2 }))
  .chain(([numbers, words]) =>
    fc.uniqueArray(tagOf(versionOf(numbers, words.flat())), {
      selector: (one) => one.name,
      minLength: 2,
      maxLength: 14,
    }),
  );
const lists = fc.sample(list, { numRuns: LISTS, seed: SEED });

function refOf({ name: text }: Tag): RemoteRef {
  const id = createHash("sha1").update(text).digest("hex");
  return { ref: `refs/tags/${text}`, objectId: id, targetId: id };
}

const COMMIT = Buffer.from(
  "author A <a@example.org> 1700000000 +0000\ncommitter A <a@example.org> 1700000000 +0000\n\nx",
);

/** As a sync does: each ref is read, then those that mean the same are found. */
function publishedOf(tags: readonly Tag[]) {
  const byRef = new Map(tags.map((one) => [refOf(one).ref, one]));
  const rules = { budgets: testBudgets.reading, filters: [], defaultRef: undefined, rootName: undefined };
  const entries = inComposersOrder(tags.map(refOf), undefined).map((ref): RefEntry => {
    const manifest = byRef.get(ref.ref)?.manifest;
    const composerJson =
      manifest === undefined
        ? { kind: "missing" as const }
        : { kind: "found" as const, type: "blob", id: ref.targetId, content: Buffer.from(JSON.stringify(manifest)) };
    const commit = { kind: "found" as const, type: "commit", id: ref.targetId, content: COMMIT };
    const reading = readRef(ref, { tag: undefined, commit, composerJson }, rules);
    if ("skipped" in reading) return { ref, before: undefined, kind: "skipped", skipped: reading, isKnown: false };
    return { ref, before: undefined, kind: "read", version: reading };
  });
  return settleContests(entries, new Map([["acme/x", { id: "pkg_x" }]]));
}

/**
 * Of a tag such as `2024-01-15` Composer does not find the version again (it looks for `2024.01.15.0`) and lists two of
 * one text, which no client can tell apart: the first is meant, as everywhere else.
 */
function withoutDoubles(listed: readonly string[][]): readonly string[][] {
  const texts = listed.map(([, , normalized]) => normalized);
  return listed.filter((_, index) => texts.indexOf(texts[index]) === index);
}

// Two tags that mean one version would be two versions with us and one with a vendor's own repository.
test(`of ${LISTS} lists of tags the same are published as by Composer's VcsRepository`, () => {
  const answers = askPhp(
    "composer.php",
    lists.map((tags) => {
      const sorted = inComposersOrder(tags.map(refOf), undefined).map(({ ref }) => shortName(ref));
      const manifests = new Map(tags.map((one) => [one.name, one.manifest ?? null]));
      return ["tags", sorted.map((text) => [text, manifests.get(text)])];
    }),
  );
  let doubles = 0;
  const differences = lists.flatMap((tags, index) => {
    const { winners, skipped } = publishedOf(tags);
    doubles += skipped.filter(({ skipped: { skipped: reason } }) => reason.startsWith("it means the same")).length;
    const ours = winners.map((entry) =>
      entry.kind === "read"
        ? [shortName(entry.ref.ref), entry.version.id.version, entry.version.id.versionNormalized]
        : [],
    );
    const answer = answers[index];
    const composers = answer !== undefined && "value" in answer ? withoutDoubles(answer.value as string[][]) : answer;
    return JSON.stringify(ours) === JSON.stringify(composers) ? [] : [{ ours, composers }];
  });
  expect(differences.slice(0, 5), `${differences.length} of ${LISTS} differ`).toEqual([]);
  expect(doubles).toBeGreaterThan(LISTS);
});
