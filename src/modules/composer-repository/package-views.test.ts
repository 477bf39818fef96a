import type { Updateable } from "kysely";
import { describe, expect, test } from "vitest";
import { expand } from "../../composer/index.ts";
import type { JsonObject } from "../../composer/index.ts";
import type { GrantTable } from "../../schema.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestAnswer, TestServer } from "../../testing/test-server.ts";
import { testEngines } from "../../testing/database.ts";

interface P2 {
  packages: Record<string, JsonObject[]>;
  minified?: string;
  info?: string;
  warning?: string;
}

const versionsOf = (answer: TestAnswer, name = "acme/core") =>
  expand((answer.json() as P2).packages[name] ?? []).map((entry) => entry["version"]);

/** What the management API cannot set yet: the terms of a token's grants. */
async function setTerms(server: TestServer, token: string, terms: Updateable<GrantTable>): Promise<void> {
  await server.core.database.transaction(async (trx, changed) => {
    await trx.updateTable("grants").set(terms).where("token", "=", token).execute();
    changed(`token:${token}`);
  });
}

/** Publishes as a sync does: rows and the new revision in one transaction, then the topic. */
async function release(server: TestServer, name: string, version: string): Promise<void> {
  await server.core.database.transaction(async (trx, changed) => {
    const { id } = await trx.selectFrom("packages").select("id").where("name", "=", name).executeTakeFirstOrThrow();
    const old = await trx.selectFrom("versions").selectAll().where("package", "=", id).executeTakeFirstOrThrow();
    const normalized = `${version}.0`;
    await trx
      .insertInto("versions")
      .values({
        ...old,
        ...{
          id: `ver_${version}`,
          version,
          version_normalized: normalized,
          reference: version.padStart(40, "a").replaceAll(".", "0"),
        },
        metadata: JSON.stringify({ name, version, version_normalized: normalized, type: "library" }),
      })
      .execute();
    await trx
      .updateTable("packages")
      .set({ revision: Number(version.replaceAll(".", "")) })
      .where("id", "=", id)
      .execute();
    changed("packages");
  });
}

describe.each(testEngines)("/p2 on %s", (engine) => {
  test("is minified, newest first, split into stable and ~dev, with all that Composer needs and no source", async () => {
    await using server = await startTestServer(engine);
    const { token } = await sellToken(server, await server.createManagementToken());
    const leaks = {
      source: { type: "git", url: "https://git.invalid/acme", reference: "x" },
      require: { php: ">=8.1" },
    };
    await hostPackage(server.core.database, "acme/core", [
      { version: "1.0.0", releasedAt: 1_700_000_000, extra: leaks },
      { version: "1.10.0", releasedAt: 1_710_000_000, extra: leaks },
      { version: "1.9.0", extra: leaks },
      { version: "2.0.0-beta1", extra: leaks },
      { version: "0.9.0", isWithdrawn: true },
      { version: "dev-main", extra: leaks },
    ]);
    const answer = await server.composer("/p2/acme/core.json", token);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
    const document = answer.json() as P2;
    expect(document).toMatchObject({ minified: "composer/2.0" });
    expect(document).not.toHaveProperty("info");
    expect(versionsOf(answer)).toEqual(["2.0.0-beta1", "1.10.0", "1.9.0", "1.0.0"]);
    expect(answer.text).not.toContain("source");
    expect(answer.text).not.toContain("git.invalid");
    const [, second] = document.packages["acme/core"] ?? [];
    expect(Object.keys(second ?? {})).not.toContain("require");
    const entries = expand(document.packages["acme/core"] ?? []);
    expect(entries[1]).toMatchObject({
      ...{ name: "acme/core", version: "1.10.0", version_normalized: "1.10.0.0", require: { php: ">=8.1" } },
      ...{ time: "2024-03-09T16:00:00+00:00", "published-time": "2024-03-09T16:00:00+00:00" },
    });
    for (const entry of entries) {
      const dist = entry["dist"] as JsonObject;
      expect(dist).toMatchObject({ type: "zip", shasum: "" });
      const reference = dist["reference"] as string;
      expect(reference).toMatch(/^[0-9a-f]{40}$/);
      expect(dist["url"]).toBe(`${server.core.config.publicUrl}/dist/acme/core/${reference}.zip`);
    }
    expect(versionsOf(await server.composer("/p2/acme/core~dev.json", token))).toEqual(["dev-main"]);
  });

  // The key must be the lower-case name, or Composer says the package could not be found.
  test("answers a name in capitals under its lower-case key, and a package without development versions by an empty list", async () => {
    await using server = await startTestServer(engine);
    const { token } = await sellToken(server, await server.createManagementToken());
    await hostPackage(server.core.database, "acme/core", [{ version: "1.0.0", extra: { name: "Acme/Core" } }]);
    const answer = await server.composer("/p2/ACME/Core.json", token);
    expect(Object.keys((answer.json() as P2).packages)).toEqual(["acme/core"]);
    expect(answer.json()).toHaveProperty("packages.acme/core.0.name", "Acme/Core");
    expect((await server.composer("/p2/acme/core~dev.json", token)).json()).toMatchObject({
      packages: { "acme/core": [] },
    });
  });

  test("shows of a dated, limited or unstable grant what it lets through, and says so", async () => {
    await using server = await startTestServer(engine);
    const { id, token } = await sellToken(server, await server.createManagementToken());
    await hostPackage(server.core.database, "acme/core", [
      { version: "1.0.0", releasedAt: 1_700_000_000 },
      { version: "1.1.0", releasedAt: 1_710_000_000 },
      { version: "2.0.0-RC1", releasedAt: 1_705_000_000 },
    ]);
    const read = () => server.composer("/p2/acme/core.json", token);
    await setTerms(server, id, { updates_until: 1_705_000_000 });
    expect(versionsOf(await read())).toEqual(["2.0.0-RC1", "1.0.0"]);
    expect((await read()).json()).toMatchObject({
      info: "acme/core: your updates include versions released until 2024-01-11; renew with the vendor for newer ones.",
    });
    await setTerms(server, id, { stability: "stable" });
    expect(versionsOf(await read())).toEqual(["1.0.0"]);
    await setTerms(server, id, { updates_until: null, stability: null, version_constraint: "^1.1" });
    expect(versionsOf(await read())).toEqual(["1.1.0"]);
    expect((await read()).json()).toMatchObject({ info: "acme/core: your token covers some of its versions only." });
    await setTerms(server, id, { version_constraint: "*" });
    expect((await read()).json()).not.toHaveProperty("info");
  });

  test("is compressed for who can read it, and not for who cannot", async () => {
    await using server = await startTestServer(engine);
    const { token } = await sellToken(server, await server.createManagementToken());
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    const plain = await server.composer("/p2/acme/core.json", token, { "accept-encoding": "identity" });
    const gzip = await server.composer("/p2/acme/core.json", token, { "accept-encoding": "deflate, gzip" });
    const refused = await server.composer("/p2/acme/core.json", token, { "accept-encoding": "gzip;q=0, br" });
    expect([plain, gzip, refused].map(({ headers }) => headers.get("content-encoding"))).toEqual([null, "gzip", null]);
    expect(gzip.text).toBe(plain.text);
    expect(plain.headers.get("content-length")).toBe(String(Buffer.byteLength(plain.text)));
    expect(new Set([plain, gzip, refused].map(({ headers }) => headers.get("last-modified"))).size).toBe(1);
  });
});

describe.each(testEngines)("Last-Modified of /p2 on %s", (engine) => {
  const PATH = "/p2/acme/core.json";
  const dated = { version: "1.0.0", releasedAt: 1_700_000_000 };

  // Composer's cache knows the URL and not the token: A's date in B's request must not make B see A's versions.
  test("belongs to the view: customer B with A's date gets B's view, equal views are 304", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    await hostPackage(server.core.database, "acme/core", [dated, { version: "1.1.0", releasedAt: 1_710_000_000 }]);
    const [a, b, same] = [await sellToken(server, shop), await sellToken(server, shop), await sellToken(server, shop)];
    await setTerms(server, b.id, { updates_until: 1_705_000_000 });
    const first = await server.composer(PATH, a.token);
    const date = first.headers.get("last-modified")!;
    expect(new Date(date).getUTCFullYear()).toBeGreaterThanOrEqual(1990);
    expect(new Date(date).getUTCFullYear()).toBeLessThan(2020);
    const ask = (secret: string) => server.composer(PATH, secret, { "if-modified-since": date });
    const forB = await ask(b.token);
    expect(forB.status).toBe(200);
    expect(versionsOf(forB)).toEqual(["1.0.0"]);
    expect(forB.headers.get("last-modified")).not.toBe(date);
    for (const secret of [a.token, same.token]) {
      const unchanged = await ask(secret);
      expect([unchanged.status, unchanged.text, unchanged.headers.get("last-modified")]).toEqual([304, "", date]);
    }
    // Composer echoes a date byte for byte; only the very same one counts, not a later one.
    const later = await server.composer(PATH, a.token, { "if-modified-since": "Fri, 01 Jan 2027 00:00:00 GMT" });
    expect(later.status).toBe(200);
  });

  test("moves with a release, with two in one second, with extending and expiry; a lapsed or narrowed name has none", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    await hostPackage(server.core.database, "acme/core", [dated]);
    const { id, token } = await sellToken(server, shop);
    let last = "";
    /** Asks with the date of the view before; true when it was answered anew. */
    const moved = async () => {
      const answer = await server.composer(PATH, token, last === "" ? {} : { "if-modified-since": last });
      last = answer.headers.get("last-modified") ?? "none";
      return answer.status === 200;
    };
    expect([await moved(), await moved()]).toEqual([true, false]);
    await release(server, "acme/core", "1.1.0");
    expect([await moved(), await moved()]).toEqual([true, false]);
    await release(server, "acme/core", "1.2.0");
    expect([await moved(), await moved()]).toEqual([true, false]);
    // Of an answer that is 304 Composer prints nothing, and this one has a line to be read each time.
    await setTerms(server, id, { updates_until: 1_600_000_000 });
    expect([await moved(), await moved(), last]).toEqual([true, true, "none"]);
    await setTerms(server, id, { updates_until: null, expires_at: 1_800_000_050 });
    expect([await moved(), await moved()]).toEqual([true, false]);
    server.clock.advanceSeconds(50);
    expect(await moved()).toBe(true);
    expect(last).toBe("none");
    expect(await moved()).toBe(true);
    await setTerms(server, id, { expires_at: 1_900_000_000 });
    expect([await moved(), await moved()]).toEqual([true, false]);
    expect(versionsOf(await server.composer(PATH, token))).toEqual(["1.2.0", "1.1.0", "1.0.0"]);
  });

  test("differs between a package's stable and development list, and between packages", async () => {
    await using server = await startTestServer(engine);
    const { token } = await sellToken(server, await server.createManagementToken());
    await hostPackage(server.core.database, "acme/core", [dated, "dev-main"]);
    await hostPackage(server.core.database, "acme/other", [dated, "dev-main"]);
    const paths = ["core", "core~dev", "other", "other~dev"].map((name) => `/p2/acme/${name}.json`);
    const dates = await Promise.all(
      paths.map(async (path) => (await server.composer(path, token)).headers.get("last-modified")),
    );
    expect(new Set(dates).size).toBe(4);
  });
});

// The next request must see a release, also one that arrives while the list is being read anew.
test.each(testEngines)("a release is seen by the next request, though many read meanwhile, on %s", async (engine) => {
  await using server = await startTestServer(engine);
  const { token } = await sellToken(server, await server.createManagementToken());
  await hostPackage(server.core.database, "acme/core", [{ version: "1.0.0" }]);
  let stop = false;
  const readers = Array.from({ length: 4 }, async () => {
    while (!stop) await server.composer("/p2/acme/core.json", token);
  });
  for (let minor = 1; minor <= 9; minor++) {
    await release(server, "acme/core", `1.${minor}.0`);
    expect(versionsOf(await server.composer("/p2/acme/core.json", token))[0]).toBe(`1.${minor}.0`);
  }
  stop = true;
  await Promise.all(readers);
});
