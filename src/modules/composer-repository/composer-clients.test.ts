import { describe, expect, test } from "vitest";
import { newSecret } from "../../platform/crypto/secrets.ts";
import { storeArchive } from "../../testing/archives.ts";
import { askAsComposer22, runAsComposer211 } from "../../testing/composer-clients.ts";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const NOW = 1_800_000_000;
const COMPOSER_22 = "Composer/2.2.29 (Linux; 6.1; PHP 7.4.33; cURL 7.88.1)";
const COMPOSER_211 = "Composer/2.11.0 (Linux; 6.1; PHP 8.4.2; cURL 8.14.1; cmd:require,update)";
const basic = (password: string, user = "token") => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

/** A credential of every kind that is refused, and a word of the line that says why. */
async function refusedCredentials(server: TestServer): Promise<[kind: string, authorization: string, said: string][]> {
  const shop = await server.createManagementToken();
  const sold = () => sellToken(server, shop);
  const [valid, revoked, suspended, rotated] = [await sold(), await sold(), await sold(), await sold()];
  const expired = await sellToken(server, shop, { expires_at: NOW });
  const statuses = [
    await server.api("DELETE", `/api/tokens/${revoked.id}`, shop),
    await server.api("POST", `/api/tokens/${suspended.id}/suspend`, shop, {}),
    await server.api("POST", `/api/tokens/${rotated.id}/rotate`, shop, { overlap_seconds: 60 }),
  ].map(({ status }) => status);
  expect(statuses.every((status) => status < 300)).toBe(true);
  server.clock.advanceSeconds(60);
  const mistyped = `${valid.token.slice(0, -1)}${valid.token.endsWith("x") ? "y" : "x"}`;
  return [
    ["expired", basic(expired.token), "expired on"],
    ["expired, as Bearer", `Bearer ${expired.token}`, "expired on"],
    ["revoked", basic(revoked.token), "was revoked"],
    ["replaced, after its overlap", basic(rotated.token), "was replaced by a new one"],
    ["suspended", basic(suspended.token), "is suspended"],
    ["of another server", basic(newSecret("pbt")), "is unknown to"],
    ["mistyped", basic(mistyped), "not a token of"],
    ["cut", basic(valid.token.slice(0, 20)), "not a token of"],
    ["empty", basic(""), "could not read your credentials"],
    ["empty, user name too", basic("", ""), "could not read your credentials"],
    ["unreadable", "Basic !!!", "could not read your credentials"],
    ["management token", basic(shop), "This is a management token"],
    ["management token, as Bearer", `Bearer ${shop}`, "This is a management token"],
  ];
}

describe.each(testEngines)("Composer 2.2 in a terminal, on %s", (engine) => {
  test("asks once with each kind of credential that is refused, prints one line and ends", async () => {
    await using server = await startTestServer(engine);
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    for (const [kind, authorization, said] of await refusedCredentials(server)) {
      for (const path of ["/packages.json", "/p2/acme/core.json", `/dist/acme/core/${"1".repeat(40)}.zip`]) {
        const label = `${kind} ${path}`;
        const composer = { url: server.url, authorization, userAgent: COMPOSER_22 };
        const run = await askAsComposer22(composer, path);
        expect(run, label).toEqual({ statuses: [402], lines: [expect.stringContaining(said)], ended: "with an error" });
      }
    }
  });

  test("without its User-Agent is answered 401, as HTTP says, and would go on for ever", async () => {
    await using server = await startTestServer(engine);
    for (const [kind, authorization, said] of await refusedCredentials(server)) {
      const other = { url: server.url, authorization, userAgent: "SomeTool/1.0" };
      const run = await askAsComposer22(other, "/packages.json");
      expect([[...new Set(run.statuses)], run.ended], kind).toEqual([[401], "not at all"]);
      expect(new Set(run.lines), kind).toEqual(new Set([expect.stringContaining(said)]));
    }
  });

  test("is asked for a credential when it sent none", async () => {
    await using server = await startTestServer(engine);
    const composer = { url: server.url, authorization: undefined, userAgent: COMPOSER_22 };
    const run = await askAsComposer22(composer, "/packages.json");
    expect(run).toMatchObject({ statuses: [401], lines: [expect.stringContaining("needs your token")] });
  });
});

describe.each(testEngines)("Composer 2.11 whose limit is used up, on %s", (engine) => {
  test("waits a minute and installs seven packages, having read one line", async () => {
    await using server = await startTestServer(engine);
    const names = Array.from({ length: 7 }, (_, index) => `acme/m${index + 1}`);
    const references = names.map((_, index) => String(index + 1).repeat(40));
    for (const [index, name] of names.entries()) {
      const reference = references[index]!;
      const packageId = await hostPackage(server.core.database, name, [{ version: "1.0.0", reference }]);
      await storeArchive(server, packageId, reference, Buffer.from(name));
    }
    const { token } = await sellToken(server, await server.createManagementToken(), { rate_limit_max: 1_000 });
    const used = await Promise.all(Array.from({ length: 1_000 }, () => server.composer("/packages.json", token)));
    expect(used.filter(({ status }) => status !== 200)).toEqual([]);
    const composer = { url: server.url, authorization: basic(token), userAgent: COMPOSER_211 };
    const run = await runAsComposer211(composer, server.clock, [
      ["/packages.json"],
      names.flatMap((name) => [`/p2/${name}.json`, `/p2/${name}~dev.json`]),
      names.map((name, index) => `/dist/${name}/${references[index]!}.zip`),
    ]);
    expect([run.ended, run.lines]).toEqual([
      "well",
      [
        "Your token made more requests than its limit of 1000 an hour: try again in a minute, or ask the vendor for a higher limit.",
      ],
    ]);
    expect(run.statuses.filter((status) => status === 200)).toHaveLength(22);
    expect(server.clock.nowMs() / 1000 - NOW).toBeLessThanOrEqual(180);
  });
});
