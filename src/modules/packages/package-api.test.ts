import { describe, expect, test } from "vitest";
import { storeArchive } from "../../testing/archives.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const NOW = 1_800_000_000;
const SCOPES = ["packages:read", "packages:write", "tokens:write"];
const A = "a".repeat(40);
const B = "b".repeat(40);

const names = async (server: TestServer, by: string, query = "") =>
  ((await server.api("GET", `/api/packages${query}`, by)).json() as { name: string }[]).map(({ name }) => name);

describe.each(testEngines)("/api/packages on %s", (engine) => {
  test("lists by name, filters by words and vendor, and pages, each package once", async () => {
    await using server = await startTestServer(engine);
    const { database } = server.core;
    for (const name of ["acme/core", "acme/checkout", "acme-evil/core", "zeta/100_percent"]) {
      await hostPackage(database, name, [
        "1.0.0",
        { version: "2.0.0", releasedAt: 5 },
        { version: "3.0.0", isWithdrawn: true },
      ]);
    }
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const all = await names(server, owner);
    expect([...all].sort()).toEqual(["acme-evil/core", "acme/checkout", "acme/core", "zeta/100_percent"]);
    expect((await names(server, owner, "?vendor=ACME")).sort()).toEqual(["acme/checkout", "acme/core"]);
    expect(await names(server, owner, "?q=CheckOut")).toEqual(["acme/checkout"]);
    expect(await names(server, owner, "?q=about+zeta")).toEqual(["zeta/100_percent"]);
    expect(await names(server, owner, "?q=100_p")).toEqual(["zeta/100_percent"]);
    expect(await names(server, owner, "?q=1%25")).toEqual([]);
    expect(await names(server, owner, "?q=core_")).toEqual([]);
    expect(await names(server, owner, "?q=core&vendor=acme")).toEqual(["acme/core"]);
    const paged: string[] = [];
    let next: string | undefined = "/api/packages?limit=1";
    while (next !== undefined) {
      const answer = await server.api("GET", next, owner);
      paged.push(...(answer.json() as { name: string }[]).map(({ name }) => name));
      next = /^<[^>]*?(\/api[^>]*)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    expect(paged).toEqual(all);
    const first = ((await server.api("GET", "/api/packages?q=checkout", owner)).json() as unknown[])[0];
    expect(first).toEqual({
      ...{ name: "acme/checkout", description: "About acme/checkout", type: "library", abandoned: null },
      ...{
        abandoned_by_vendor: null,
        successor: null,
        source: expect.stringMatching(/^src_/) as unknown,
        versions: 2,
        latest_version: "2.0.0",
        latest_released_at: 1_700_000_000,
        updated_at: 1,
      },
    });
    for (const query of ["?q=", "?vendor=a/b", "?cursor=eA", "?limit=0", "?q=a&q=b"]) {
      expect((await server.api("GET", `/api/packages${query}`, owner)).status, query).toBe(400);
    }
  });

  test("shows a package with its versions newest first, sizes and downloads; withdrawn ones when asked for", async () => {
    await using server = await startTestServer(engine);
    const id = await hostPackage(server.core.database, "acme/core", [
      ...[{ version: "1.9.0", reference: A }, { version: "dev-main", reference: B }, "1.10.0"],
      { version: "1.8.0", isWithdrawn: true },
    ]);
    await storeArchive(server, id, A, Buffer.from("an archive"));
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const { token } = await sellToken(server, owner);
    for (let count = 0; count < 2; count++) {
      expect((await server.composer(`/dist/acme/core/${A}.zip`, token)).status).toBe(200);
    }
    const shown = (await server.api("GET", "/api/packages/Acme/core", owner)).json() as {
      versions: { version: string }[];
    };
    expect(shown).toMatchObject({ name: "acme/core", downloads: 2 });
    expect(shown.versions.map(({ version }) => version)).toEqual(["1.10.0", "1.9.0", "dev-main"]);
    expect(shown.versions[1]).toEqual({
      ...{ version: "1.9.0", version_normalized: "1.9.0.0", stability: "stable", reference: A, shasum: "" },
      ...{ released_at: 1_700_000_000, time: 1_700_000_000, size_bytes: 10, withdrawn: false, downloads: 2 },
    });
    expect(shown.versions[0]).toMatchObject({ size_bytes: null, downloads: 0 });
    const all = (await server.api("GET", "/api/packages/acme/core?withdrawn=include", owner)).json();
    expect(all).toMatchObject({ versions: [{}, {}, { version: "1.8.0", withdrawn: true }, {}] });
    expect((await server.api("GET", "/api/packages/acme/none", owner)).status).toBe(404);
  });

  test("shows one version with its requirements, in any spelling, also of a branch with a slash", async () => {
    await using server = await startTestServer(engine);
    await hostPackage(server.core.database, "acme/core", [
      {
        version: "v1.0.0",
        extra: { require: { php: ">=8.1" }, suggest: { "ext-zip": "for archives" }, source: { url: "x" } },
      },
      { version: "dev-feature/x" },
    ]);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const read = async (version: string) =>
      await server.api("GET", `/api/packages/acme/core/versions/${encodeURIComponent(version)}`, owner);
    const shown = (await read("1.0")).json();
    expect(shown).toMatchObject({
      ...{ package: "acme/core", version: "v1.0.0", source_ref: "refs/tags/v1.0.0", withdrawn: false },
      requirements: {
        ...{ require: { php: ">=8.1" }, "require-dev": {}, conflict: {}, replace: {}, provide: {} },
        suggest: { "ext-zip": "for archives" },
      },
    });
    expect((await read("v1.0.0")).json()).toEqual(shown);
    expect((await read("dev-feature/x")).json()).toMatchObject({ version: "dev-feature/x", stability: "dev" });
    for (const version of ["2.0", "nonsense", "%"]) expect((await read(version)).status).toBe(404);
  });

  // `released_at` decides what a customer whose updates ended still gets: it must move views, and be traceable.
  test("corrects a release date: customers see it with their next request, lock files too, and it is audited", async () => {
    await using server = await startTestServer(engine);
    const { database } = server.core;
    const id = await hostPackage(database, "acme/core", [
      { version: "1.0.0", reference: A, releasedAt: 100, isWithdrawn: true },
      { version: "1.0.0", reference: B, releasedAt: 200 },
    ]);
    for (const reference of [A, B]) await storeArchive(server, id, reference, Buffer.from("x"));
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const { id: token, token: secret } = await sellToken(server, owner, { allowed_package_prefixes: ["acme/"] });
    await database.transaction(async (trx, changed) => {
      await trx.updateTable("grants").set({ updates_until: 150 }).where("token", "=", token).execute();
      changed(`token:${token}`);
    });
    const seen = async () => {
      const p2 = await server.composer("/p2/acme/core.json", secret);
      const dist = [A, B].map(
        async (reference) => (await server.composer(`/dist/acme/core/${reference}.zip`, secret)).status,
      );
      return [
        (p2.json() as { packages: { "acme/core": unknown[] } }).packages["acme/core"].length,
        ...(await Promise.all(dist)),
      ];
    };
    expect(await seen()).toEqual([0, 200, 402]);
    const path = "/api/packages/acme/core/versions/1.0.0";
    const corrected = await server.api("PATCH", path, owner, { released_at: 150 });
    expect([corrected.status, corrected.json()]).toMatchObject([
      200,
      { version: "1.0.0", reference: B, released_at: 150 },
    ]);
    expect(await seen()).toEqual([1, 200, 200]);
    await server.api("PATCH", path, owner, { released_at: 150 });
    await server.api("PATCH", path, owner, { released_at: 151 });
    expect(await seen()).toEqual([0, 402, 402]);
    const events = await database.db
      .selectFrom("audit_events")
      .selectAll()
      .where("action", "=", "version.release_date_changed")
      .execute();
    expect(events.map(({ details }) => JSON.parse(details) as unknown)).toHaveLength(2);
    expect(events[0]).toMatchObject({ target_kind: "package", target_id: "acme/core", actor_kind: "management_token" });
    const details = events.map((event) => JSON.parse(event.details) as unknown);
    expect(details).toContainEqual({
      ...{ before: { version: "1.0.0", released_at: 200 }, after: { version: "1.0.0", released_at: 150 } },
    });
    for (const released_at of [NOW + 1, 1.5, -1, 1_700_000_000_000, "150", null]) {
      const answer = await server.api("PATCH", path, owner, { released_at });
      expect(answer.json(), String(released_at)).toMatchObject({ status: 400, errors: [{ pointer: "/released_at" }] });
    }
  });

  test("of a branch corrects what is shown only: its earlier states are releases of their own", async () => {
    await using server = await startTestServer(engine);
    const { database } = server.core;
    await hostPackage(database, "acme/core", [
      { version: "dev-main", reference: A, releasedAt: 100, isWithdrawn: true },
      { version: "dev-main", reference: B, releasedAt: 200 },
    ]);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    await server.api("PATCH", "/api/packages/acme/core/versions/dev-main", owner, { released_at: 50 });
    const rows = await database.db
      .selectFrom("versions")
      .select(["reference", "released_at"])
      .orderBy("reference")
      .execute();
    expect(rows).toEqual([
      { reference: A, released_at: 100 },
      { reference: B, released_at: 50 },
    ]);
  });

  test("keeps a caller within its package bound", async () => {
    await using server = await startTestServer(engine);
    for (const name of ["acme/core", "acme/checkout-pro", "acme/other", "other/core"]) {
      await hostPackage(server.core.database, name, ["1.0.0"]);
    }
    const bounded = await server.createManagementToken({ scopes: SCOPES, prefixes: ["acme/core", "acme/checkout-*"] });
    expect((await names(server, bounded)).sort()).toEqual(["acme/checkout-pro", "acme/core"]);
    expect(await names(server, bounded, "?vendor=other")).toEqual([]);
    for (const name of ["acme/other", "other/core"]) {
      for (const [method, rest] of [
        ["GET", ""],
        ["GET", "/versions/1.0.0"],
        ["PATCH", "/versions/1.0.0"],
      ] as const) {
        const body = method === "PATCH" ? { released_at: 1 } : undefined;
        const answer = await server.api(method, `/api/packages/${name}${rest}`, bounded, body);
        expect(answer.json(), `${method} ${name}${rest}`).toMatchObject({ status: 404, code: "resource.not_found" });
      }
    }
    const rows = await server.core.database.db.selectFrom("versions").select("released_at").distinct().execute();
    expect(rows).toEqual([{ released_at: 1_700_000_000 }]);
  });
});
