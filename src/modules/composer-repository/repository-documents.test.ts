import { describe, expect, test } from "vitest";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { testEngines } from "../../testing/database.ts";

/** Composer 2 says nothing of what is for versions below; Composer 1 reads no other line (protocol §12). */
const forComposer1 = ({ url }: TestServer) => ({
  warning: `${new URL(url).host} needs Composer 2: run "composer self-update --2", then try again.`,
  "warning-versions": "<1.99",
});

describe.each(testEngines)("/packages.json on %s", (engine) => {
  test("lists what the token covers, lapsed names too, and the vendors they belong to", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    for (const name of ["acme/core", "acme/checkout", "acme/checkout-pro", "globex/core", "initech/secret"]) {
      await hostPackage(server.core.database, name, ["1.0.0"]);
    }
    const { id, token } = await sellToken(server, shop, {
      allowed_package_prefixes: ["globex/", "acme/checkout", "acme/core"],
    });
    await server.api("PATCH", `/api/tokens/${id}`, shop, { allowed_package_prefixes: ["globex/", "acme/checkout"] });
    const answer = await server.composer("/packages.json", token);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(answer.json()).toEqual({
      packages: [],
      "metadata-url": "/p2/%package%.json",
      "available-packages": ["acme/checkout", "acme/core", "globex/core"],
      "available-package-patterns": ["acme/*", "globex/*"],
      "notify-batch": `${server.core.config.publicUrl}/notify`,
      list: "/list.json",
      search: "/search.json?q=%query%&type=%type%",
      ...forComposer1(server),
    });
    expect(answer.text).not.toContain("initech");
    expect((await server.composer("/list.json", token)).json()).toEqual({
      packageNames: ["acme/checkout", "acme/core", "globex/core"],
    });
  });

  // Composer takes an empty list for "ask for everything", and then asks public repositories as well.
  test("never holds an empty list of names", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    const { token } = await sellToken(server, shop, { allowed_package_prefixes: ["globex/", "acme/other"] });
    expect((await server.composer("/packages.json", token)).json()).toEqual({
      packages: [],
      ...forComposer1(server),
    });
    await hostPackage(server.core.database, "globex/new", ["1.0.0"]);
    expect((await server.composer("/packages.json", token)).json()).toMatchObject({
      "available-packages": ["globex/new"],
    });
  });

  test("shows everything to a token without a bound, also what is hosted later", async () => {
    await using server = await startTestServer(engine);
    const { token } = await sellToken(server, await server.createManagementToken());
    expect((await server.composer("/packages.json", token)).json()).toEqual({
      packages: [],
      ...forComposer1(server),
    });
    await hostPackage(server.core.database, "b/b", ["1.0.0"]);
    await hostPackage(server.core.database, "a/a", ["1.0.0"]);
    expect((await server.composer("/packages.json", token)).json()).toMatchObject({
      "available-packages": ["a/a", "b/b"],
      "available-package-patterns": ["a/*", "b/*"],
    });
  });

  test("is 304 for its own date, also for another token that sees the same names, and 200 for another's", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    await hostPackage(server.core.database, "acme/other", ["1.0.0"]);
    const sell = async (...prefixes: string[]) =>
      (await sellToken(server, shop, { allowed_package_prefixes: prefixes })).token;
    const [one, same, other] = [await sell("acme/core", "acme/other"), await sell("acme/"), await sell("acme/core")];
    const date = (await server.composer("/packages.json", one)).headers.get("last-modified")!;
    const again = async (secret: string) => {
      const answer = await server.composer("/packages.json", secret, { "if-modified-since": date });
      return [answer.status, answer.headers.get("last-modified") === date];
    };
    expect(await again(one)).toEqual([304, true]);
    expect(await again(same)).toEqual([304, true]);
    expect(await again(other)).toEqual([200, false]);
  });
});

describe.each(testEngines)("/list.json and /search.json on %s", (engine) => {
  test("filter by pattern and words, and show nothing of what was not bought", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { database } = server.core;
    for (const name of ["acme/core", "acme/checkout", "acme/lapsed", "acme/old", "globex/core"]) {
      await hostPackage(database, name, ["1.0.0"]);
    }
    await database.transaction(async (trx, changed) => {
      const old = { abandoned: "true", type: "magento2-module" };
      await trx.updateTable("packages").set(old).where("name", "=", "acme/old").execute();
      await trx.updateTable("packages").set({ abandoned: "acme/core" }).where("name", "=", "acme/checkout").execute();
      changed("packages");
    });
    const { id, token } = await sellToken(server, shop, {
      allowed_package_prefixes: ["acme/core", "acme/checkout", "acme/lapsed", "acme/old"],
    });
    await server.api("PATCH", `/api/tokens/${id}`, shop, {
      allowed_package_prefixes: ["acme/core", "acme/checkout", "acme/old"],
    });
    const list = async (query: string) =>
      ((await server.composer(`/list.json${query}`, token)).json() as { packageNames: string[] }).packageNames;
    expect(await list("")).toEqual(["acme/checkout", "acme/core", "acme/lapsed", "acme/old"]);
    expect(await list("?filter=acme%2Fc*")).toEqual(["acme/checkout", "acme/core"]);
    expect(await list("?filter=*ore")).toEqual(["acme/core"]);
    expect(await list("?filter=ACME/core")).toEqual(["acme/core"]);
    expect(await list("?filter=a*e*c*e")).toEqual(["acme/core"]);
    expect(await list("?filter=globex/*")).toEqual([]);
    const search = async (query: string) => (await server.composer(`/search.json?${query}`, token)).json();
    expect(await search("q=CORE&type=")).toEqual({
      results: [{ name: "acme/core", description: "About acme/core" }],
      total: 1,
    });
    // Any of the words is enough, as in Composer's own search.
    expect(await search("q=check+nothing")).toEqual({
      results: [{ name: "acme/checkout", description: "About acme/checkout", abandoned: "acme/core" }],
      total: 1,
    });
    expect(await search("q=about+check")).toMatchObject({ total: 3 });
    expect(await search("q=&type=magento2-module")).toMatchObject({ results: [{ name: "acme/old", abandoned: true }] });
    expect(await search("q=lapsed")).toEqual({ results: [], total: 0 });
    expect(await search("q=globex")).toEqual({ results: [], total: 0 });
    const long = await server.composer(`/search.json?q=${"x+".repeat(4_000)}`, token);
    expect(long.json()).toEqual({ results: [], total: 0 });
  });
});
