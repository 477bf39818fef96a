import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startGitHttpServer } from "../../../e2e/support/git-http-server.ts";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { createFileBlobStore } from "../../platform/blobs/index.ts";
import { createCipher } from "../../platform/crypto/cipher.ts";
import { createGit } from "../../platform/git/index.ts";
import { testBudgets } from "../../testing/budgets.ts";
import { createTestWorkers } from "../../testing/workers.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { commandLine } from "../callers/index.ts";
import { createArchives } from "../packages/index.ts";
import { addSource } from "../sources/index.ts";
import { HeldReadings } from "./held-readings.ts";
import { syncSource } from "./index.ts";
import type { SyncDeps, SyncReport } from "./index.ts";
import type { ReadingBudgets } from "./reading-budgets.ts";

const manifest = (more: object = {}) => ({ "composer.json": JSON.stringify({ name: "acme/core", ...more }) });
const links = (count: number, constraint: (index: number) => string = () => "*") =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`vendor-${index}/package-${index}`, constraint(index)]),
  );
const filler = (bytes: number) => ({ extra: { filler: "x".repeat(bytes) } });

async function setUp(engine: TestEngine, given: Partial<ReadingBudgets> = {}) {
  const stack = new AsyncDisposableStack();
  const directory = stack.use(await makeTemporaryDirectory("budgets"));
  const { database } = stack.use(await createTestDatabase(engine));
  const upstream = await GitRepository.create(join(directory.path, "upstream", "core.git"));
  const host = stack.use(await startGitHttpServer({ root: join(directory.path, "upstream") }));
  const git = createGit({ environment: { PATH: process.env["PATH"] ?? "" }, allowLocal: false });
  stack.defer(() => git.close());
  const workers = createTestWorkers();
  stack.defer(() => workers.close());
  const dataDir = join(directory.path, "data");
  const clock = createTestClock(1_800_000_000);
  const blobs = await createFileBlobStore(join(dataDir, "archives"), () => clock.nowMs());
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const deps: SyncDeps = {
    database,
    git,
    clock,
    dataDir,
    workers,
    log,
    archives: createArchives({ database, blobs, git, clock, dataDir }),
    cipher: createCipher(Buffer.alloc(32, 3)),
    sourcePolicy: { allowLocalSources: false, allowPrivateNetworks: true },
    budgets: { ...testBudgets.reading, ...given },
  };
  const { db } = database;
  let source: string | undefined;
  return {
    upstream,
    /** Upstream as it is now, and a sync of it, by other budgets perhaps. */
    async sync(other: Partial<ReadingBudgets> = {}): Promise<SyncReport> {
      await upstream.write();
      source ??= (await addSource(deps, commandLine, { url: `${host.url}/core.git` })).id;
      clock.advanceSeconds(60);
      const report = await syncSource({ ...deps, budgets: { ...deps.budgets, ...other } }, source);
      if (report === "busy") throw new Error("busy");
      return report;
    },
    versions: async () => {
      const rows = await db.selectFrom("versions").select("version").where("withdrawn_at", "is", null).execute();
      return rows.map(({ version }) => version).sort();
    },
    attention: async () => {
      const rows = await db
        .selectFrom("attention_entries")
        .select("details")
        .where("dismissed_at", "is", null)
        .execute();
      return rows.map(({ details }) => (JSON.parse(details) as { tag: string }).tag);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const reasons = ({ skipped }: SyncReport) => Object.fromEntries(skipped.map(({ ref, reason }) => [ref, reason]));

describe.each(testEngines)("what a version takes on %s", (engine) => {
  // A few megabytes of repository must not become a gigabyte of documents, nor minutes of parsing.
  test("is bounded: what is larger is skipped with a reason that names the setting", async () => {
    await using bench = await setUp(engine);
    const { upstream } = bench;
    upstream.commit(manifest(filler(900_000)));
    upstream.tag("1.0.0");
    upstream.commit(manifest({ require: links(6_000) }));
    upstream.tag("1.1.0");
    // Half a megabyte of them took seconds at every ref.
    upstream.commit(manifest({ require: links(100, () => Array(600).fill("1").join("||")) }));
    upstream.tag("1.2.0");
    upstream.commit(manifest({ conflict: { "acme/old": Array(600).fill("1").join(",") } }));
    upstream.tag("1.3.0");
    upstream.commit(manifest());
    upstream.tag("1.4.0");
    const report = await bench.sync();
    expect(await bench.versions()).toEqual(["1.4.0", "dev-main"]);
    const found = reasons(report);
    expect(found["1.0.0"]).toMatch(/^its composer.json has 9\d{5} bytes: VERSION_METADATA_MAX_KB is 256$/);
    expect(found["1.1.0"]).toBe("composer.json has 6000 links: VERSION_LINKS_MAX is 5000");
    expect(found["1.2.0"]).toBe(
      'composer.json "require.vendor-0/package-0": the constraint has 600 parts: CONSTRAINT_PARTS_MAX is 200',
    );
    expect(found["1.3.0"]).toContain("the constraint has 600 parts: CONSTRAINT_PARTS_MAX is 200");
  });

  test("by default leaves what the largest packages there are need", async () => {
    await using bench = await setUp(engine);
    // magento/product-community-edition: one link for each of its modules.
    bench.upstream.commit(manifest({ type: "metapackage", require: links(700, (index) => `100.4.${index}`) }));
    bench.upstream.tag("2.4.7-p1");
    // roave/security-advisories: a thousand and a half conflicts, most of a few ranges, some of dozens.
    const ranges = (index: number) =>
      Array.from({ length: index % 20 === 0 ? 50 : 1 + (index % 3) }, (_, at) => `>=${at},<${at}.4.${index}`).join("|");
    bench.upstream.commit(manifest({ type: "metapackage", conflict: links(1_500, ranges) }));
    bench.upstream.tag("2.4.8");
    // symfony/symfony: everything of it is replaced.
    bench.upstream.commit(
      manifest({ require: links(60, () => "^6.4|^7.0"), replace: links(90, () => "self.version") }),
    );
    bench.upstream.tag("6.4.0");
    expect((await bench.sync()).skipped).toEqual([]);
  });

  test("tells of a tag that is skipped for it, also where the version was published before", async () => {
    await using bench = await setUp(engine);
    bench.upstream.commit(manifest(filler(3_000)));
    bench.upstream.tag("1.0.0");
    bench.upstream.commit(manifest());
    await bench.sync();
    bench.upstream.commit(manifest({ require: links(20) }));
    bench.upstream.tag("1.1.0");
    bench.upstream.commit(manifest());
    const { skippedReleases } = await bench.sync({ linksMax: 10 });
    expect(skippedReleases).toEqual([
      {
        ref: "1.1.0",
        reason: "composer.json has 20 links: VERSION_LINKS_MAX is 10",
        remedy: "make it smaller and tag again as 1.1.1, or raise VERSION_LINKS_MAX on the server",
      },
    ]);
    expect(await bench.attention()).toEqual(["1.1.0"]);
    await bench.sync({ versionMetadataBytesMax: 2_048 });
    expect(await bench.versions()).toEqual(["1.1.0", "dev-main"]);
    expect(await bench.attention()).toEqual(["1.0.0"]);
    expect((await bench.sync()).skipped).toEqual([]);
    expect(await bench.versions()).toEqual(["1.0.0", "1.1.0", "dev-main"]);
    expect(await bench.attention()).toEqual([]);
  });
});

describe.each(testEngines)("what all versions of a package take on %s", (engine) => {
  const FOUR = { packageMetadataBytesMax: 4_900 };
  const NO_ROOM = /^newer versions take all that its package may have: PACKAGE_METADATA_MAX_MB is 0.005, PACKAGE_V/;

  // Three hundred versions of 900 kB, 1.5 MB as a pack, ended the process at the first request for the package.
  test("is bounded: the newest are published, the others skipped, whatever order they came in", async () => {
    await using bench = await setUp(engine, FOUR);
    const { upstream } = bench;
    const release = (tag: string) => {
      upstream.commit(manifest({ ...filler(1_000), description: tag }));
      upstream.tag(tag);
    };
    for (const tag of ["1.0.0", "3.0.0", "10.0.0"]) release(tag);
    upstream.commit(manifest());
    expect((await bench.sync()).skipped).toEqual([]);
    // An older one than all finds no room left; a newer one takes that of the oldest.
    release("0.9.0");
    release("2.0.0");
    upstream.commit(manifest({ description: "main" }));
    const report = await bench.sync();
    expect(await bench.versions()).toEqual(["1.0.0", "10.0.0", "2.0.0", "3.0.0", "dev-main"]);
    expect(reasons(report)).toEqual({ "0.9.0": expect.stringMatching(NO_ROOM) as string });
    expect(report.skippedReleases).toMatchObject([{ ref: "0.9.0" }]);
    release("11.0.0");
    upstream.commit(manifest({ description: "main again" }));
    expect((await bench.sync()).skippedReleases).toMatchObject([{ ref: "1.0.0" }]);
    const published = ["10.0.0", "11.0.0", "2.0.0", "3.0.0", "dev-main"];
    expect(await bench.versions()).toEqual(published);
    // Nothing moves: nothing is read, and it stays so.
    expect(await bench.sync()).toMatchObject({ refsRead: 0, versionsPublished: 0, versionsWithdrawn: 0 });
    expect(await bench.versions()).toEqual(published);
    // One goes, and there is room again.
    upstream.deleteTag("3.0.0");
    await bench.sync();
    expect(await bench.versions()).toEqual(["1.0.0", "10.0.0", "11.0.0", "2.0.0", "dev-main"]);
  });

  test("comes out the same read at once and one by one", async () => {
    await using once = await setUp(engine, FOUR);
    await using bit = await setUp(engine, FOUR);
    const tags = ["1.4.0", "1.0.0", "2.0.0-beta1", "1.10.0", "0.1.0", "1.5.0", "2.0.0", "1.2.0"];
    for (const bench of [once, bit]) bench.upstream.commit(manifest({ description: "main" }));
    for (const [index, tag] of tags.entries()) {
      for (const bench of [once, bit]) {
        bench.upstream.commit(manifest({ ...filler(700 + 211 * (index % 3)), description: tag }));
        bench.upstream.tag(tag);
        // A numbered branch is newer than what was released of it.
        bench.upstream.branch("2.x");
        bench.upstream.commit(manifest({ description: `of ${index}` }));
        bench.upstream.branch("main");
      }
      await bit.sync();
    }
    const atOnce = reasons(await once.sync());
    expect(reasons(await bit.sync())).toEqual(atOnce);
    expect(Object.keys(atOnce)).toContain("0.1.0");
    expect(await bit.versions()).toEqual(await once.versions());
  });

  test("is bounded in number, too", async () => {
    await using bench = await setUp(engine);
    bench.upstream.commit(manifest());
    for (let minor = 0; minor < 12; minor++) bench.upstream.tag(`1.${minor}.0`);
    const report = await bench.sync({ packageVersionsMax: 5 });
    expect(await bench.versions()).toEqual(["1.10.0", "1.11.0", "1.8.0", "1.9.0", "dev-main"]);
    expect(report.skipped).toHaveLength(8);
    expect(report.skipped[0]?.reason).toContain("PACKAGE_VERSIONS_MAX is 5");
  });
});

// A database's index takes about 2,700 bytes of a row, and nothing of the sync could be written.
describe.each(testEngines)("what no index takes on %s", (engine) => {
  const noise = (length: number) => randomBytes(length).toString("hex").slice(0, length);

  test("as the name of a tag or branch does not keep the others from being published", async () => {
    await using bench = await setUp(engine);
    const { upstream } = bench;
    upstream.commit(manifest());
    upstream.tag("1.0.0");
    upstream.tag(Array.from({ length: 16 }, () => noise(190)).join("/"));
    upstream.branch(Array.from({ length: 10 }, () => `${noise(10)}${"é".repeat(90)}`).join("/"));
    upstream.commit(manifest({ description: "of a branch" }));
    upstream.branch("main");
    expect(await bench.sync()).toMatchObject({ outcome: "succeeded", skipped: [] });
    expect(await bench.versions()).toEqual(["1.0.0", "dev-main"]);
  });

  test("as the name of a package is told as what is wrong", async () => {
    await using bench = await setUp(engine);
    bench.upstream.commit({ "composer.json": JSON.stringify({ name: `acme/core-${noise(3_000)}` }) });
    const report = await bench.sync();
    expect(report).toMatchObject({
      outcome: "failed",
      detail: expect.stringContaining("it has more than 200 characters") as string,
    });
  });
});

describe("readings that are held", () => {
  const budgets = { ...testBudgets.reading, packageMetadataBytesMax: 10_000, versionMetadataBytesMax: 1_000 };
  const version = (minor: number) => ({
    packageName: "acme/core",
    id: { version: `1.${minor}.0`, versionNormalized: `1.${minor}.0.0`, stability: "stable" as const, isDev: false },
    metadata: JSON.stringify({ filler: "x".repeat(900) }),
    time: 1,
    commitDate: 1,
    tagDate: undefined,
  });

  // The metadata of 20,000 versions of 256 kB is in memory nowhere.
  test.each([
    ["from the oldest", (minors: number[]) => minors],
    ["from the newest", (minors: number[]) => minors.toReversed()],
    ["in no order", (minors: number[]) => minors.toSorted((a, b) => ((a * 7_919) % 2_000) - ((b * 7_919) % 2_000))],
  ])("have no more than a few times what a package may have, read %s", (_, inOrder) => {
    const held = new HeldReadings(budgets, "refs/heads/main");
    const bytesHeld = () =>
      [...held.all().values()].reduce((sum, one) => sum + ("metadata" in one ? one.metadata.length : 0), 0);
    let most = 0;
    for (const minor of inOrder(Array.from({ length: 2_000 }, (__, index) => index))) {
      held.add(`refs/tags/1.${minor}.0`, version(minor));
      if (minor % 10 === 0) most = Math.max(most, bytesHeld());
    }
    expect(most).toBeLessThan(25_000);
    const kept = [...held.all()].flatMap(([ref, one]) => ("metadata" in one ? [ref] : []));
    for (let minor = 1_990; minor < 2_000; minor++) expect(kept).toContain(`refs/tags/1.${minor}.0`);
    expect(held.size).toBe(2_000);
  });
});
