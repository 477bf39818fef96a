import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { startGitHttpServer } from "../../../e2e/support/git-http-server.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { testBudgets } from "../../testing/budgets.ts";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { commandLine } from "../callers/index.ts";
import { addSource, changeSource, findSource } from "../sources/index.ts";
import { createProber } from "./probe-source.ts";
import type { ProbeResult } from "./probe-source.ts";
import { waitAndSync } from "./index.ts";

const PASSWORD = "s3cret-of-the-source";
const json = (manifest: object) => ({ "composer.json": JSON.stringify(manifest) });
const staying = new AbortController().signal;

type Found = Extract<ProbeResult, { reachable: true }>;

async function setUp(engine: TestEngine, environment: Record<string, string> = {}) {
  const stack = new AsyncDisposableStack();
  const directory = stack.use(await makeTemporaryDirectory("tested"));
  const server = stack.use(await startTestServer(engine, environment));
  const upstream = await GitRepository.create(join(directory.path, "core.git"));
  const host = stack.use(await startGitHttpServer({ root: directory.path, username: "u", password: PASSWORD }));
  const owner = await server.createManagementToken({ scopes: ["sources:write"] });
  const url = `${host.url}/core.git`;
  return {
    ...{ server, upstream, host, url, owner },
    credentials: { username: "u", password: PASSWORD },
    async probe(body: Record<string, unknown> = {}, by = owner) {
      const answer = await server.api("POST", "/api/sources/probe", by, { url, ...body });
      return { status: answer.status, text: answer.text, ...(answer.json() as Record<string, unknown>) };
    },
    async tables(): Promise<string> {
      const { db } = server.core.database;
      const tables = ["sources", "source_refs", "packages", "versions", "sync_runs"] as const;
      const rows = await Promise.all(tables.map((table) => db.selectFrom(table).selectAll().execute()));
      return JSON.stringify([...rows, await db.selectFrom("audit_events").select("id").execute()]);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const leftBehind = async ({ core }: TestServer) => await readdir(join(core.sync.dataDir, "probes"));

function awkward(upstream: GitRepository): void {
  upstream.commit(json({ name: "old/name", description: "Of old" }));
  upstream.tag("0.9.0", { annotated: true });
  upstream.commit(json({ name: "acme/core", description: "<b>The core</b>", type: "library", version: "1.0.0" }));
  upstream.tag("1.0.0", { annotated: true });
  upstream.tag("v1.0");
  upstream.tag("1.1.0");
  upstream.tag("nightly");
  upstream.commit({ "composer.json": null });
  upstream.tag("1.2.0");
  upstream.commit({ "composer.json": "{ not json" });
  upstream.tag("1.3.0");
  upstream.commit(json({ name: "acme/core", description: "<b>The core</b>", type: "library" }));
  upstream.tag("2.0.0-beta1");
  upstream.branch("feature/x");
  upstream.commit(json({ name: "acme/renamed" }));
}

test("says whether there are submodules, which a sync leaves out unless it is told", async () => {
  await using bench = await setUp("sqlite");
  bench.upstream.commit(json({ name: "acme/core" }));
  await bench.upstream.write();
  expect(await bench.probe(bench.credentials)).toMatchObject({ reachable: true, has_submodules: false });
  bench.upstream.commit({ ".gitmodules": "", lib: { submodule: "1".repeat(40) } });
  await bench.upstream.write();
  expect(await bench.probe(bench.credentials)).toMatchObject({ reachable: true, has_submodules: true });
});

describe.each(testEngines)("POST /api/sources/probe on %s", (engine) => {
  // The promise of the preview: whoever adds what was previewed gets just that.
  test.each([
    ["asks for little", "true"],
    ["gets all", "false"],
  ])(
    "takes and skips what the following sync takes and skips, where it %s of the server",
    async (_what, allowFilter) => {
      await using bench = await setUp(engine);
      const { server, upstream, credentials, url } = bench;
      awkward(upstream);
      await upstream.write();
      execFileSync("git", ["--git-dir", upstream.directory, "config", "uploadpack.allowFilter", allowFilter]);
      const before = await bench.tables();
      const found = (await bench.probe({ ...credentials, filters: ["acme/"] })) as unknown as Found;
      expect(found).toMatchObject({
        ...{ status: 200, reachable: true, preview: "exact", default_branch: "main" },
        refs: { branches: 2, tags: 8 },
        package: { name: "acme/core", description: "<b>The core</b>", type: "library" },
        vendor_suggestion: "acme/",
        filter: { matches: true },
        warning: null,
      });
      expect(await bench.tables()).toBe(before);
      await server.stop();
      const source = await addSource(server.core, commandLine, { url, ...credentials, filters: ["acme/"] });
      const report = await waitAndSync(server.core.sync, source.id);
      const { db } = server.core.database;
      const rows = await db
        .selectFrom("source_refs")
        .leftJoin("versions", "versions.id", "source_refs.version")
        .select(["source_refs.ref", "source_refs.skipped_reason as reason", "versions.version", "versions.stability"])
        .orderBy("source_refs.ref")
        .execute();
      const byRef = (left: { ref: string }, right: { ref: string }) => (left.ref < right.ref ? -1 : 1);
      const taken = rows.filter(({ reason }) => reason === null).map(({ reason: _, ...row }) => row);
      expect(found.would_take.map(({ package: _, ...one }) => one).toSorted(byRef)).toEqual(taken.toSorted(byRef));
      expect(found.would_take[0]).toMatchObject({ version: "2.0.0-beta1" });
      const skipped = rows.flatMap(({ ref, reason }) => (reason === null ? [] : [{ ref, reason }]));
      expect(found.would_skip.map(({ ref, reason }) => ({ ref, reason })).toSorted(byRef)).toEqual(
        skipped.toSorted(byRef),
      );
      expect(found.would_skip).toContainEqual({
        ref: "refs/tags/1.2.0",
        reason: "it has no composer.json",
        what_to_do: "add one at the root and tag again as 1.2.1",
      });
      expect([found.would_take_total, found.would_skip_total]).toEqual([
        report.versionsPublished,
        report.skipped.length,
      ]);
      expect(skipped.length).toBeGreaterThan(3);
      expect(await leftBehind(bench.server)).toEqual([]);
    },
  );

  // A seller decides by this what buyers get.
  test("tells of each choice of branches what the sync would take, and of the one asked for in full", async () => {
    await using bench = await setUp(engine);
    const { server, upstream, credentials, url } = bench;
    upstream.commit(json({ name: "acme/core" }));
    for (const tag of ["1.0.0", "v1.0.0", "1.1.0"]) upstream.tag(tag);
    for (const name of ["1.x", "feature/a", "feature/b"]) upstream.branch(name);
    await upstream.write();
    const found = (await bench.probe({ ...credentials, branches: ["feature/*"] })) as unknown as Found;
    expect(found).toMatchObject({
      refs: { branches: 4, tags: 3 },
      left_out_branches: 2,
      would_take_total: 4,
      would_skip_total: 1,
      package: { name: "acme/core" },
      choices: [
        { branches: "none", versions_estimate: { tags: 2, branches: 0 }, branch_versions: [] },
        { branches: "default", versions_estimate: { tags: 2, branches: 2 }, branch_versions: ["dev-main", "1.x-dev"] },
        { branches: "all", versions_estimate: { tags: 2, branches: 4 } },
        { branches: ["feature/*"], branch_versions: ["dev-feature/a", "dev-feature/b"] },
      ],
    });
    expect((await bench.probe(credentials)) as unknown as Found).toMatchObject({ left_out_branches: 2 });
    expect(await bench.probe({ ...credentials, branches: [] })).toMatchObject({
      status: 400,
      errors: [{ pointer: "/branches", detail: expect.stringContaining('"none"') as unknown }],
    });
    await server.stop();
    const source = await addSource(server.core, commandLine, { url, ...credentials });
    for (const { branches, versions_estimate: estimate } of found.choices) {
      await changeSource(server.core, commandLine, source.id, { branches });
      await waitAndSync(server.core.sync, source.id);
      const { versions } = (await findSource(server.core, source.id)) ?? {};
      expect(versions).toBe(estimate.tags + estimate.branches);
    }
    // Without a choice it is that of the source.
    const prober = createProber({
      ...server.core,
      dataDir: server.core.sync.dataDir,
      budgets: testBudgets.reading,
      log: server.core.logger,
    });
    expect(await prober.probe(commandLine, { sourceId: source.id }, staying)).toMatchObject({ left_out_branches: 2 });
  });

  test("of a repository that a choice takes nothing of says so before it is added", async () => {
    await using bench = await setUp(engine);
    bench.upstream.commit(json({ name: "acme/core" }));
    await bench.upstream.write();
    expect(await bench.probe({ ...bench.credentials, branches: "none" })).toMatchObject({
      would_take_total: 0,
      left_out_branches: 1,
      package: { name: "acme/core" },
      warning: expect.stringContaining("the source takes tags only") as unknown,
    });
  });

  test("says in the words of a sync what is wrong with credentials and URLs, and gives no secret away", async () => {
    await using bench = await setUp(engine);
    awkward(bench.upstream);
    await bench.upstream.write();
    const wrong = await bench.probe({ username: "u", password: "wrong-s3cret" });
    expect(wrong).toMatchObject({
      ...{ reachable: false, problem: "authentication" },
      detail:
        "authentication failed at 127.0.0.1: check the user name and the password (or access token) of the source",
    });
    expect(await bench.probe()).toMatchObject({ reachable: false, problem: "authentication" });
    const nowhere = { url: `${bench.host.url}/no.git`, ...bench.credentials };
    expect(await bench.probe(nowhere)).toMatchObject({ reachable: false, problem: "not_found" });
    expect(await bench.probe({ url: "https://git.invalid/x.git" })).toMatchObject({ problem: "host_not_found" });
    expect(await bench.probe({ url: "http://127.0.0.1:1/x.git" })).toMatchObject({ problem: "unreachable" });
    const moved = createServer((request, response) => {
      response.writeHead(301, { location: `${bench.host.url}${request.url ?? ""}` }).end();
    }).listen(0, "127.0.0.1");
    await once(moved, "listening");
    const old = `http://127.0.0.1:${(moved.address() as AddressInfo).port}/core.git`;
    expect(await bench.probe({ url: old, ...bench.credentials })).toMatchObject({
      ...{ problem: "redirect", detail: `${old} redirects to ${bench.url}: use that URL` },
    });
    moved.close();
    const { logLines } = bench.server;
    expect(wrong.text + logLines.join("")).not.toContain("wrong-s3cret");
    expect(logLines.join("")).not.toContain(PASSWORD);
    expect(await leftBehind(bench.server)).toEqual([]);
  });

  test("refuses private addresses where they are off, whatever the caller may do", async () => {
    await using bench = await setUp(engine, { ALLOW_PRIVATE_NETWORKS: "0" });
    expect(await bench.probe(bench.credentials)).toMatchObject({
      ...{ status: 200, reachable: false, problem: "address_refused" },
      detail: expect.stringContaining("ALLOW_PRIVATE_NETWORKS=1") as unknown,
    });
    expect(bench.host.requests).toEqual([]);
  });

  // A green test would send the vendor looking at the network, the credentials and this server.
  test("says that the repository is damaged where it comes from", async () => {
    await using bench = await setUp(engine);
    const { upstream } = bench;
    upstream.commit({ ...json({ name: "acme/core" }), "large.bin": "x".repeat(1_000) });
    await upstream.write();
    const git = (...args: string[]) =>
      execFileSync("git", ["--git-dir", upstream.directory, ...args])
        .toString()
        .trim();
    git("config", "uploadpack.allowFilter", "false");
    const blob = git("rev-parse", "main:large.bin");
    await rm(join(upstream.directory, "objects", blob.slice(0, 2), blob.slice(2)));
    expect(await bench.probe(bench.credentials)).toMatchObject({
      reachable: true,
      preview: "names",
      warning: `the repository at ${bench.url} is damaged itself: run git fsck there`,
    });
    expect(bench.server.logLines.join("")).not.toContain("at the next sync");
  });

  // Large repositories on hosts without partial clones are where the filter and the name matter most.
  test("knows the package by its default branch where a look at every composer.json is too much", async () => {
    await using bench = await setUp(engine);
    const { upstream } = bench;
    upstream.commit(json({ name: "acme/core", description: "The core", type: "library" }));
    for (let number = 0; number < 5_001; number++) upstream.tag(`0.0.${number}`);
    await upstream.write();
    expect(await bench.probe({ ...bench.credentials, filters: ["globex/"] })).toMatchObject({
      preview: "names",
      package: { name: "acme/core", description: "The core", type: "library" },
      vendor_suggestion: "acme/",
      filter: { matches: false },
    });
  });

  // Otherwise anybody who may test could read the password of every source.
  test("sends the stored password to the source's own URL only", async () => {
    await using bench = await setUp(engine);
    awkward(bench.upstream);
    await bench.upstream.write();
    await bench.server.stop();
    const { core } = bench.server;
    const source = await addSource(core, commandLine, { url: bench.url, ...bench.credentials });
    const prober = createProber({
      ...core,
      dataDir: core.sync.dataDir,
      budgets: testBudgets.reading,
      log: core.logger,
    });
    const input = { sourceId: source.id, filters: ["other/"] };
    expect(await prober.probe(commandLine, input, staying)).toMatchObject({
      ...{ reachable: true, filter: { matches: false }, would_take_total: 0 },
      warning: expect.stringContaining("can be imported") as unknown,
    });
    bench.host.requests.length = 0;
    const elsewhere = bench.url.replace("127.0.0.1", "localhost");
    const other = await prober.probe(commandLine, { sourceId: source.id, url: elsewhere }, staying);
    expect(other).toMatchObject({ reachable: false, problem: "authentication" });
    expect(bench.host.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test("of a package that belongs to another source says so, and keeps a caller within its bound", async () => {
    await using bench = await setUp(engine);
    awkward(bench.upstream);
    await bench.upstream.write();
    await hostPackage(bench.server.core.database, "acme/core", ["1.0.0"]);
    const found = (await bench.probe(bench.credentials)) as unknown as Found;
    expect(found.would_take).toEqual([]);
    expect(found.would_skip).toContainEqual({
      ref: "refs/heads/main",
      reason: "the package belongs to another source: acme/core",
      what_to_do: null,
    });
    const within = await bench.server.createManagementToken({ prefixes: ["acme/"], scopes: ["sources:write"] });
    const foreign = (await bench.probe({ ...bench.credentials, filters: ["acme/"] }, within)) as unknown as Found;
    expect(foreign.would_skip).toContainEqual({
      ref: "refs/heads/main",
      reason: "the package belongs to another source",
      what_to_do: null,
    });
    const bounded = await bench.server.createManagementToken({ prefixes: ["globex/"], scopes: ["sources:write"] });
    expect(await bench.probe({ ...bench.credentials, filters: [] }, bounded)).toMatchObject({ status: 403 });
    expect(await bench.probe(bench.credentials, bounded)).toMatchObject({ filter: { matches: false } });
  });

  // With the server's own rights a bounded token read the names and numbers of another vendor's repository.
  test("tells a caller with a bound nothing of what is outside of it, also of a repository it may read", async () => {
    await using bench = await setUp(engine, { BOUNDED_SOURCE_HOSTS: "git.example.com, file" });
    awkward(bench.upstream);
    await bench.upstream.write();
    const bounded = await bench.server.createManagementToken({ prefixes: ["globex/"], scopes: ["sources:write"] });
    const file = { url: `file://${bench.upstream.directory}` };
    for (const body of [bench.credentials, file]) {
      const found = await bench.probe(body, bounded);
      expect(found).toMatchObject({
        reachable: true,
        refs: { branches: 0, tags: 0 },
        package: null,
        would_skip_total: 0,
        hints: [],
        would_take: [],
        would_skip: [],
        default_branch: null,
        versions_estimate: { tags: 0, branches: 0 },
      });
      expect(found.text).not.toMatch(/acme|old\/name|0\.9\.0|main/);
    }
    // Of a repository of its own, it is not told what else is in there.
    const within = await bench.server.createManagementToken({ prefixes: ["acme/"], scopes: ["sources:write"] });
    const own = (await bench.probe(bench.credentials, within)) as unknown as Found & { text: string };
    expect(own.package?.name).toBe("acme/core");
    expect(own.would_take.map(({ version }) => version)).toContain("1.0.0");
    expect(own.text).not.toContain("old/name");
    expect((await bench.probe(bench.credentials)).text).not.toContain("known to be within");
    // Without a name, only where the caller has a way to it of its own.
    const nameless = await GitRepository.create(bench.upstream.directory.replace("core.git", "nameless.git"));
    nameless.commit({ "README.md": "" });
    await nameless.write();
    const url = bench.url.replace("core.git", "nameless.git");
    expect(await bench.probe({ ...bench.credentials, url }, within)).toMatchObject({ default_branch: "main" });
    const hidden = { default_branch: null, refs: { branches: 0 }, package: null };
    expect(await bench.probe({ url: `file://${nameless.directory}` }, within)).toMatchObject(hidden);
  });

  test("ends in time when the other side never answers, takes two at once, and stops when its caller leaves", async () => {
    await using bench = await setUp(engine);
    await bench.server.stop();
    const hanging = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(hanging, "listening");
    const url = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}/x.git`;
    const { core } = bench.server;
    const prober = createProber({
      ...core,
      dataDir: core.sync.dataDir,
      budgets: testBudgets.reading,
      log: core.logger,
      probeTimeoutMs: 300,
    });
    const leaving = new AbortController();
    const began = performance.now();
    const two = [prober.probe(commandLine, { url }, staying), prober.probe(commandLine, { url }, leaving.signal)];
    await expect.poll(() => core.git).toBeDefined();
    await expect(prober.probe(commandLine, { url }, staying)).rejects.toMatchObject({ code: "request.too_many" });
    leaving.abort();
    expect(await two[1]).toMatchObject({ reachable: false });
    expect(await two[0]).toEqual({
      ...{ reachable: false, problem: "timeout", detail: "127.0.0.1 did not answer in time: try again later" },
    });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(await leftBehind(bench.server)).toEqual([]);
    const patient = createProber({
      ...core,
      dataDir: core.sync.dataDir,
      budgets: testBudgets.reading,
      log: core.logger,
    });
    const stopped = patient.probe(commandLine, { url }, staying);
    await once(hanging, "request");
    patient.close();
    expect(await stopped).toMatchObject({ reachable: false });
    hanging.closeAllConnections();
    hanging.close();
  });
});
