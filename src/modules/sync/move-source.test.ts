import { once } from "node:events";
import { cp } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { startGitHttpServer } from "../../../e2e/support/git-http-server.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { commandLine } from "../callers/index.ts";
import { addSource } from "../sources/index.ts";
import { waitAndSync } from "./index.ts";

const OLD = "s3cret-of-the-old-host";
const NEW = "s3cret-of-the-new-host";
const json = (name: string) => ({ "composer.json": JSON.stringify({ name }) });

/** A source at one git host, and the same repository at another one. */
async function setUp(engine: TestEngine) {
  const stack = new AsyncDisposableStack();
  const { path } = stack.use(await makeTemporaryDirectory("moved"));
  const [oldRoot, newRoot] = [join(path, "old"), join(path, "new")];
  const upstream = await GitRepository.create(join(oldRoot, "core.git"));
  upstream.commit(json("acme/core"));
  upstream.tag("1.0.0");
  upstream.commit({ "a.txt": "1" });
  upstream.tag("1.1.0", { annotated: true });
  await upstream.write();
  await cp(oldRoot, newRoot, { recursive: true });
  const from = stack.use(await startGitHttpServer({ root: oldRoot, username: "ci", password: OLD }));
  const to = stack.use(await startGitHttpServer({ root: newRoot, username: "ci", password: NEW }));
  const server = stack.use(await startTestServer(engine));
  const { core } = server;
  const url = `${from.url}/core.git`;
  const source = await addSource(core, commandLine, { url, username: "ci", password: OLD });
  await waitAndSync(core.sync, source.id);
  const { db } = core.database;
  const owner = await server.createManagementToken({ scopes: ["sources:write", "sources:read", "tokens:write"] });
  return {
    path,
    server,
    core,
    db,
    upstream,
    from,
    to,
    source,
    owner,
    newRoot,
    url: { old: url, new: `${to.url}/core.git` },
    patch: (body: object, by = owner) => server.api("PATCH", `/api/sources/${source.id}`, by, body),
    row: () => db.selectFrom("sources").selectAll().where("id", "=", source.id).executeTakeFirstOrThrow(),
    versions: () => db.selectFrom("versions").selectAll().where("withdrawn_at", "is", null).orderBy("id").execute(),
    sync: () => waitAndSync(core.sync, source.id),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const sentTo = (host: { requests: readonly { headers: { authorization?: string | undefined } }[] }) =>
  host.requests.map(({ headers }) => headers.authorization).filter((header) => header !== undefined);

describe.each(testEngines)("another URL of a source on %s", (engine) => {
  // A vendor changes the git host; removing the source and adding it anew would be a gap without versions.
  test("is the same source: its versions, archives and dates stay, and the next tag comes from there", async () => {
    await using bench = await setUp(engine);
    const before = await bench.versions();
    const { token } = await sellToken(bench.server, bench.owner, { allowed_package_prefixes: ["acme/"] });
    const answer = await bench.patch({ url: bench.url.new, password: NEW });
    expect([answer.status, answer.json()]).toMatchObject([
      200,
      { id: bench.source.id, url: bench.url.new, username: "ci", has_password: true },
    ]);
    expect(await bench.sync()).toMatchObject({ outcome: "succeeded", versionsPublished: 0, versionsWithdrawn: 0 });
    expect(await bench.versions()).toEqual(before);
    bench.from.requests.length = 0;
    const moved = await GitRepository.create(join(bench.newRoot, "core.git"));
    moved.commit({ ...json("acme/core"), "a.txt": "2" });
    moved.tag("2.0.0");
    await moved.write();
    await bench.sync();
    expect((await bench.versions()).map(({ version }) => version)).toContain("2.0.0");
    expect(bench.from.requests).toEqual([]);
    const old = before.find(({ version }) => version === "1.0.0");
    expect((await bench.server.composer(`/dist/acme/core/${old?.reference ?? ""}.zip`, token)).status).toBe(200);
    const audited = await bench.db
      .selectFrom("audit_events")
      .selectAll()
      .where("action", "=", "source.updated")
      .execute();
    expect(JSON.parse(audited[0]?.details ?? "")).toMatchObject({
      before: { url: bench.url.old },
      after: { url: bench.url.new, has_new_password: true },
    });
    expect(JSON.stringify(audited)).not.toMatch(new RegExp(`${OLD}|${NEW}`));
  });

  test("at another port needs the password anew: the stored one is sent there by no change and no test", async () => {
    await using bench = await setUp(engine);
    const before = await bench.row();
    const refused = await bench.patch({ url: bench.url.new, username: "ci" });
    expect([refused.status, refused.json()]).toMatchObject([
      400,
      { errors: [{ pointer: "/password", detail: expect.stringContaining("is sent nowhere else") as unknown }] },
    ]);
    const probe = { source_id: bench.source.id, url: bench.url.new };
    await bench.server.api("POST", "/api/sources/probe", bench.owner, probe);
    expect(sentTo(bench.to)).toEqual([]);
    expect(await bench.row()).toEqual(before);
    // Somebody who can write to the database is no better off.
    await bench.db.updateTable("sources").set({ url: bench.url.new }).execute();
    expect((await bench.sync()).detail).toContain("given for another address or user name");
    await bench.db.updateTable("sources").set({ url: bench.url.old, username: "other" }).execute();
    expect((await bench.sync()).detail).toContain("given for another address or user name");
    await bench.db.updateTable("sources").set({ username: "ci" }).execute();
    expect((await bench.sync()).outcome).toBe("succeeded");
    expect(sentTo(bench.to)).toEqual([]);
    bench.to.credentials = undefined;
    expect(await bench.patch({ url: bench.url.new, password: null })).toMatchObject({ status: 200 });
    expect((await bench.sync()).outcome).toBe("succeeded");
    expect(sentTo(bench.to)).toEqual([]);
    expect(await bench.row()).toMatchObject({ username: null, sealed_password: null });
  });

  test("at the same host keeps the password", async () => {
    await using bench = await setUp(engine);
    await cp(join(bench.path, "old", "core.git"), join(bench.path, "old", "renamed.git"), { recursive: true });
    const url = bench.url.old.replace("core.git", "renamed.git");
    expect((await bench.patch({ url })).json()).toMatchObject({ url, has_password: true });
    expect((await bench.sync()).outcome).toBe("succeeded");
    expect((await bench.patch({ url, name: "the same again" })).json()).toMatchObject({ name: "the same again" });
  });

  test("is refused where the published commits are not: another repository, wrong password, nobody there", async () => {
    await using bench = await setUp(engine);
    const before = await bench.row();
    const other = await GitRepository.create(join(bench.newRoot, "other.git"));
    other.commit({ ...json("acme/core"), "evil.php": "" });
    for (const tag of ["1.0.0", "1.1.0"]) other.tag(tag);
    await other.write();
    const detailOf = async (body: object) => {
      const { status, text } = await bench.patch(body);
      expect(status).toBe(400);
      return text;
    };
    const url = bench.url.new.replace("core.git", "other.git");
    expect(await detailOf({ url, password: NEW })).toContain("2 of 2 published tags are not there");
    expect(await detailOf({ url: bench.url.new, password: OLD })).toContain("authentication failed at 127.0.0.1");
    expect(await detailOf({ url: `${bench.to.url}/none.git`, password: NEW })).toContain("no git repository");
    expect(await detailOf({ url: "http://127.0.0.1:1/core.git", password: NEW })).toContain("nothing was changed");
    expect(await detailOf({ url: "https://u:p@git.example.com/core.git" })).toContain("/url");
    expect(await bench.row()).toEqual(before);
    const same = await addSource(bench.core, commandLine, { url: `${bench.to.url}/none.git` });
    expect(await bench.patch({ url: same.url, password: NEW })).toMatchObject({ status: 409 });
    const bounded = await bench.server.createManagementToken({ scopes: ["sources:write"], prefixes: ["acme/"] });
    expect(await bench.patch({ url: bench.url.new, password: NEW }, bounded)).toMatchObject({ status: 404 });
  });

  test("may be ahead of what is published, but not without it", async () => {
    await using bench = await setUp(engine);
    const ahead = await GitRepository.create(join(bench.newRoot, "ahead.git"));
    ahead.commit(json("acme/core"));
    ahead.tag("1.0.0");
    ahead.commit({ "a.txt": "1" });
    ahead.tag("1.1.0", { annotated: true });
    ahead.commit({ "a.txt": "3" });
    await ahead.write();
    const url = bench.url.new.replace("core.git", "ahead.git");
    expect(await bench.patch({ url, password: NEW })).toMatchObject({ status: 200 });
    await bench.sync();
    const back = await bench.patch({ url: bench.url.old, password: OLD });
    expect([back.status, back.text]).toEqual([400, expect.stringContaining("1 of 3 published versions are not there")]);
  });

  test("that redirects is not followed, with no password anywhere", async () => {
    await using bench = await setUp(engine);
    const redirecting = createServer((request, response) => {
      response.writeHead(301, { location: `${bench.to.url}${request.url ?? ""}` }).end();
    });
    redirecting.listen(0, "127.0.0.1");
    await once(redirecting, "listening");
    const url = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}/core.git`;
    const answer = await bench.patch({ url, password: NEW });
    redirecting.closeAllConnections();
    redirecting.close();
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(`redirects to ${bench.url.new}`)]);
    expect(sentTo(bench.to)).toEqual([]);
  });
});
