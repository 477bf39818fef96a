import { describe, expect, test } from "vitest";
import { createCipher } from "../../platform/crypto/cipher.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { commandLine } from "../callers/index.ts";
import { addSource, findSource, listSources, openRemote } from "./index.ts";
import type { NewSource, SourcePolicy } from "./index.ts";

const URL = "https://git.acme.test/acme/core.git";

async function setUp(engine: TestEngine, policy: Partial<SourcePolicy> = {}) {
  const test = await createTestDatabase(engine);
  const lookup = () => Promise.resolve([{ address: "93.184.216.34" }]);
  const sourcePolicy = { allowLocalSources: false, allowPrivateNetworks: false, lookup, ...policy };
  const cipher = createCipher(Buffer.alloc(32, 7));
  const deps = { database: test.database, cipher, clock: createTestClock(), sourcePolicy };
  return {
    deps,
    add: (input: Partial<NewSource> = {}) => addSource(deps, commandLine, { url: URL, ...input }),
    row: () => test.database.db.selectFrom("sources").selectAll().executeTakeFirstOrThrow(),
    [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
  };
}

describe.each(testEngines)("sources on %s", (engine) => {
  test("are stored to be synced at once, and shown without their password", async () => {
    await using bench = await setUp(engine);
    const source = await bench.add({ filters: ["Acme/*", "acme/", "globex/tool"], username: "u", password: "s3cret" });
    expect(source).toMatchObject({
      state: "pending",
      name: "acme/core",
      filters: ["acme/", "globex/tool"],
      has_password: true,
      next_sync_at: source.created_at,
      versions: 0,
      skipped_refs: 0,
    });
    expect(await listSources(bench.deps)).toEqual([source]);
    expect(await findSource(bench.deps, source.id)).toEqual(source);
    expect(await findSource(bench.deps, "src_unknown")).toBeUndefined();
    expect(JSON.stringify(source)).not.toContain("s3cret");
  });

  test("keep their password encrypted, for this source only", async () => {
    await using bench = await setUp(engine);
    const source = await bench.add({ username: "u", password: "s3cret" });
    const row = await bench.row();
    expect(JSON.stringify(row)).not.toContain("s3cret");
    expect((await openRemote(bench.deps, row)).credentials).toEqual({ username: "u", password: "s3cret" });
    await expect(openRemote(bench.deps, { ...row, id: `${source.id}x` })).rejects.toThrow("changed");
  });

  test("are audited, without the password", async () => {
    await using bench = await setUp(engine);
    const source = await bench.add({ password: "s3cret" });
    const [event] = await bench.deps.database.db.selectFrom("audit_events").selectAll().execute();
    expect(event).toMatchObject({ action: "source.created", target_id: source.id, actor_kind: "cli" });
    expect(JSON.stringify(event)).not.toContain("s3cret");
  });

  test("are added once for a URL", async () => {
    await using bench = await setUp(engine);
    const source = await bench.add();
    await expect(bench.add()).rejects.toMatchObject({ code: "resource.conflict" });
    await expect(bench.add()).rejects.toThrow(source.id);
  });
});

describe("a source is refused", () => {
  test.each<[string, Partial<NewSource>, string]>([
    ["for its URL", { url: "--upload-pack=x" }, "/url"],
    ["for a vendor without a slash", { filters: ["acme"] }, "/filters/0"],
    ["for a user name without a password", { username: "u" }, "/password"],
    ["for an empty password", { username: "u", password: "" }, "/password"],
    ["for a password of an ssh source", { url: "git@git.acme.test:core.git", password: "x" }, "/username"],
    ["for a colon in the user name", { username: "u:v", password: "x" }, "/username"],
    ["for a name of two lines", { name: "a\nb" }, "/name"],
  ])("%s", async (_, input, pointer) => {
    await using bench = await setUp("sqlite");
    await expect(bench.add(input)).rejects.toMatchObject({ code: "request.invalid", errors: [{ pointer }] });
    expect(await listSources(bench.deps)).toEqual([]);
  });

  test("for a private address, with the setting that allows it", async () => {
    await using bench = await setUp("sqlite", { lookup: () => Promise.resolve([{ address: "10.0.0.1" }]) });
    await expect(bench.add()).rejects.toThrow("ALLOW_PRIVATE_NETWORKS=1");
  });

  test("not because the name server is away", async () => {
    await using bench = await setUp("sqlite", { lookup: () => Promise.reject(new Error("EAI_AGAIN")) });
    expect((await bench.add()).state).toBe("pending");
  });
});
