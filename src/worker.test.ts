import { describe, expect, test } from "vitest";
import { PackageDocumentWriter } from "./modules/composer-repository/package-document.ts";
import { readRefs } from "./modules/sync/read-refs.ts";
import { readRef } from "./modules/sync/ref-reading.ts";
import type { ReadObject } from "./platform/git/index.ts";
import type { TaskPool } from "./platform/threads/index.ts";
import { testBudgets } from "./testing/budgets.ts";
import { createTestWorkers } from "./testing/workers.ts";

const found = (type: string, content: string | Buffer): ReadObject => ({
  kind: "found",
  type,
  id: "a".repeat(40),
  content: Buffer.from(content),
});
const COMMIT = found("commit", "tree x\nauthor A <a@b> 1700000000 +0000\ncommitter A <a@b> 1700000100 +0000\n\nm");
const TAG = found("tag", "object x\ntagger A <a@b> 1700000200 +0000\n\nm");

/** What composer.json files hold in the wild, and what they should not. */
const FILES: (string | Buffer)[] = [
  '{"name":"acme/core","require":{"php":">=8.1","psr/log":"^2 || ^3"},"extra":{"size":1.0,"big":12345678901234567890}}',
  '{"name":"acme/core","description":"Ein Körper \u2028 😀","extra":{"10":"a","9":"b","\\u0000x":1e3}}',
  '{"name":"acme/core","require":{"acme/x":"not a constraint ("}}',
  "\uFEFF{}",
  Buffer.from([0x7b, 0xff, 0x7d]),
  "[]",
  '{"name":',
  '{"name":"acme/core","version":"9.9.9"}',
  `{"name":"acme/core","keywords":["x"],"extra":{"blob":"${"y".repeat(30_000)}"}}`,
];

/** As git would give them: a ref of each file, twice, so that one reading is too much for the main thread. */
function upstream() {
  const refs = [...FILES, ...FILES].map((_, index) => ({
    ref: index === 0 ? "refs/heads/main" : `refs/tags/1.${index}.0`,
    objectId: String(index).padStart(40, index % 2 === 0 ? "b" : "c"),
    targetId: String(index).padStart(40, "c"),
  }));
  const objects = new Map<string, ReadObject>();
  for (const [index, ref] of refs.entries()) {
    const file = FILES[index % FILES.length];
    objects.set(ref.targetId, COMMIT);
    if (file !== undefined) objects.set(`${ref.targetId}:composer.json`, found("blob", file));
    if (ref.objectId !== ref.targetId) objects.set(ref.objectId, TAG);
  }
  async function* readObjects(names: readonly string[]) {
    await Promise.resolve();
    for (const name of names) yield objects.get(name) ?? ({ kind: "missing" } as const);
  }
  return { refs, objects, mirror: { readObjects } };
}

describe("a worker thread", () => {
  // Which of the two does it depends on how much there is; it must not be seen.
  test("reads refs as the main thread does, and is asked for the many only", async () => {
    await using pool = withCount();
    const { refs, objects, mirror } = upstream();
    const rules = { budgets: testBudgets.reading, filters: [], defaultRef: "refs/heads/main", rootName: undefined };
    const reader = { mirror, workers: pool, lane: "background", signal: undefined, onRead: () => undefined } as const;
    const { readings, rootName } = await readRefs(reader, refs, rules);
    expect(rootName).toBe("acme/core");
    expect(pool.tasks).toEqual(["read-refs"]);
    const expected = refs.map((ref) => {
      const [commit, composerJson] = [objects.get(ref.targetId)!, objects.get(`${ref.targetId}:composer.json`)!];
      const tag = ref.objectId === ref.targetId ? undefined : TAG;
      return [ref.ref, readRef(ref, { tag, commit, composerJson }, { ...rules, rootName })];
    });
    expect([...readings]).toEqual(expected);
    const few = await readRefs(reader, refs.slice(0, 4), rules);
    expect([...few.readings]).toEqual(expected.slice(0, 4));
    expect(pool.tasks).toEqual(["read-refs"]);
  });

  test("writes the same bytes of a list as the main thread", async () => {
    await using pool = withCount();
    const facts = { publicUrl: "https://packages.example.com", name: "acme/core", abandoned: undefined };
    const texts = FILES.filter((file) => typeof file === "string" && /^\{.*\}$/.test(file));
    const rows = texts.map((metadata, index) => ({
      metadata: String(metadata),
      reference: String(index).padStart(40, "d"),
      time: 1_700_000_000,
      released_at: 1_700_000_000 + index,
      shasum: "",
    }));
    const writer = new PackageDocumentWriter(facts);
    await writer.add(rows);
    const here = await writer.end();
    const parts = [rows.slice(0, 2), [], rows.slice(2)];
    const nextPart = () => Promise.resolve(parts.shift());
    const there = await pool.run("write-document", facts, { lane: "waited", nextPart });
    expect(there).toEqual(here);
  });
});

function withCount() {
  const pool = createTestWorkers();
  const tasks: string[] = [];
  const run: TaskPool["run"] = (name, ...rest) => {
    tasks.push(name);
    return pool.run(name, ...rest);
  };
  return { run, tasks, close: pool.close, [Symbol.asyncDispose]: () => pool.close() };
}
