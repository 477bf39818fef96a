import { describe, expect, test } from "vitest";
import { newSecret } from "../../platform/crypto/secrets.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestAnswer, TestServer } from "../../testing/test-server.ts";
import { testEngines } from "../../testing/database.ts";

const NOW = 1_800_000_000;
const PRIVATE = { "cache-control": "private, no-cache", vary: "Authorization, Accept-Encoding" };
const AGENTS = [
  "Composer/2.2.29 (Linux; 6.1; PHP 7.4.33; cURL 7.88.1)",
  "Composer/2.11.0",
  "curl/7.88.1",
  "RenovateBot/40",
];
const reference = (digit: string) => digit.repeat(40);

/** Every byte that Composer's behaviour depends on. */
function expectDenial(
  answer: TestAnswer,
  status: number,
  warning: string | undefined,
  label: string,
  vary = PRIVATE.vary,
): void {
  expect(answer.status, label).toBe(status);
  // With a charset behind it Composer 2.5 to 2.10 stays silent.
  expect(answer.headers.get("content-type"), label).toBe("application/json");
  expect(answer.headers.get("cache-control"), label).toBe(PRIVATE["cache-control"]);
  expect(answer.headers.get("vary"), label).toBe(vary);
  expect(answer.headers.get("last-modified"), label).toBeNull();
  expect(answer.headers.get("content-length"), label).toBe(String(Buffer.byteLength(answer.text)));
  const body = answer.json() as Record<string, unknown>;
  if (warning === undefined) {
    expect(body, label).not.toHaveProperty("warning");
    expect(body, label).not.toHaveProperty("info");
  } else {
    expect(body["warning"], label).toBe(warning);
    expect(warning, label).not.toContain("\n");
    expect(warning.length, label).toBeLessThan(200);
  }
}

/** Packages of three vendors, and a token that has something of one of them. */
async function setUp(server: TestServer) {
  const { database } = server.core;
  const shop = await server.createManagementToken();
  await hostPackage(database, "acme/core", [
    { version: "1.0.0", reference: reference("1"), releasedAt: 1_700_000_000 },
    { version: "2.0.0", reference: reference("2"), releasedAt: 1_790_000_000 },
  ]);
  await hostPackage(database, "acme/lapsed", [{ version: "1.0.0", reference: reference("3") }]);
  await hostPackage(database, "acme/unsold", [{ version: "1.0.0", reference: reference("4") }]);
  await hostPackage(database, "globex/core", [{ version: "1.0.0", reference: reference("5") }]);
  const { id, token } = await sellToken(server, shop, { allowed_package_prefixes: ["acme/core", "acme/lapsed"] });
  await server.api("PATCH", `/api/tokens/${id}`, shop, { allowed_package_prefixes: ["acme/core"] });
  await database.transaction(async (trx, changed) => {
    const terms = trx.updateTable("grants").set({ updates_until: 1_750_000_000 });
    await terms.where("token", "=", id).where("package_pattern", "=", "acme/core").execute();
    changed(`token:${id}`);
  });
  return { shop, id, token };
}

const LAPSED = "acme/lapsed: your access ended on 2027-01-15; renew with the vendor to install or update it.";
const UNSOLD = "acme/unsold: not part of what your token was bought for; buy it from the vendor to install it.";

describe.each(testEngines)("the table of denials on %s", (engine) => {
  // In a terminal 2.2 LTS asks for ever on 401; HTTP has nothing else for whoever is no Composer.
  test("401 for every credential that is none, 402 to a Composer that sent one; both say which and what to do", async () => {
    await using server = await startTestServer(engine);
    const { shop, token } = await setUp(server);
    const host = new URL(server.core.config.publicUrl).host;
    const configure = `composer config http-basic.${host} token YOUR_TOKEN`;
    const expired = await sellToken(server, shop, { expires_at: NOW });
    const revoked = await sellToken(server, shop);
    await server.api("DELETE", `/api/tokens/${revoked.id}`, shop);
    const missing = `${host} needs your token: run "${configure}" with the token from your purchase; when asked, the user name is token, the password is your token.`;
    const unreadable = `${host} could not read your credentials: run "${configure}" with the token from your purchase.`;
    const malformed = `This is not a token of ${host} (pbt_…): copy it whole from your purchase and run "${configure}".`;
    const unknown = `Your token is unknown to ${host}: check that it belongs to this address, or ask the vendor for a new one.`;
    const wrongKind =
      "This is a management token (pbm_…), which installs nothing: use the customer token (pbt_…) from your purchase.";
    const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
    const cases: [authorization: string | undefined, warning: string, wasSent?: false][] = [
      [undefined, missing, false],
      ["", missing, false],
      ["Basic", unreadable],
      ["Basic !!!", unreadable],
      [basic("token"), unreadable],
      [basic("token:"), unreadable],
      [`Digest ${token}`, unreadable, false],
      [token, unreadable, false],
      [`Bearer ${token} x`, unreadable],
      [basic("token:hunter2"), malformed],
      [basic(`token:${token.slice(0, -1)}`), malformed],
      [basic(`token:${token.slice(0, -1)}${token.endsWith("x") ? "y" : "x"}`), malformed],
      ["Bearer pbt_\u00e9", malformed],
      [`Bearer ${newSecret("pbt")}`, unknown],
      [basic(`token:${newSecret("pbt")}`), unknown],
      [`Bearer ${shop}`, wrongKind],
      [basic(`token:${shop}`), wrongKind],
      [basic(`token:${newSecret("pbm")}`), wrongKind],
      [
        basic(`token:${expired.token}`),
        `Your token (…${expired.token.slice(-4)}) expired on 2027-01-15: renew with the vendor to go on installing and updating.`,
      ],
      [
        `bearer ${revoked.token}`,
        `Your token (…${revoked.token.slice(-4)}) was revoked: ask the vendor for a new one.`,
      ],
    ];
    const paths = [
      "/packages.json",
      "/p2/acme/core.json",
      "/p2/no/such.json",
      `/dist/acme/core/${reference("1")}.zip`,
      "/list.json",
      "/search.json?q=x",
    ];
    for (const path of paths) {
      for (const [authorization, warning, wasSent = true] of cases) {
        for (const agent of AGENTS) {
          const headers = { "user-agent": agent, ...(authorization === undefined ? {} : { authorization }) };
          const answer = await server.composer(path, undefined, headers);
          const label = `${path} ${authorization ?? "none"} ${agent}`;
          const status = wasSent && agent.startsWith("Composer/") ? 402 : 401;
          expectDenial(answer, status, warning, label, `${PRIVATE.vary}, User-Agent`);
          const challenge = status === 401 ? `Basic realm="${host}", charset="UTF-8"` : null;
          expect(answer.headers.get("www-authenticate"), label).toBe(challenge);
          for (const secret of [token, shop, expired.token, revoked.token]) expect(answer.text).not.toContain(secret);
        }
      }
    }
    const log = server.logLines.join("\n");
    for (const secret of [token, shop, expired.token, revoked.token]) expect(log).not.toContain(secret);
  });

  test("takes a token as password of any user and as Bearer, the scheme in any case", async () => {
    await using server = await startTestServer(engine);
    const { token } = await setUp(server);
    const encoded = (text: string) => Buffer.from(text).toString("base64");
    const [quoted, pasted] = [`"${token}"`, `\ufeff ${token}\r\n`];
    const accepted = [
      // Composer asks for the user name first.
      `Basic ${encoded(`${token}:`)}`,
      `Basic ${encoded(`${token}:x`)}`,
      `Basic ${encoded(`${quoted}:token`)}`,
      // A secret of CI that was pasted with its line break.
      `Basic ${encoded(`token:${pasted}`)}`,
      `Basic ${encoded(`token:${quoted}`)}`,
      `Basic ${encoded(`token:\u201c${token}\u201d`)}`,
      `Bearer '${token}'`,
      `Basic ${encoded(`token:${token}`)}`,
      `basic ${encoded(`token:${token}`)}`,
      `BASIC  ${encoded(`someone@example.com:${token}`)} `,
      `Basic ${encoded(`:${token}`)}`,
      `Bearer ${token}`,
      `bEaReR ${token}`,
    ];
    for (const authorization of accepted) {
      expect((await server.composer("/packages.json", undefined, { authorization })).status, authorization).toBe(200);
    }
  });

  test("p2 of another vendor's name and of one that is not hosted: 404, with nothing to print, and the same for both", async () => {
    await using server = await startTestServer(engine);
    const { token } = await setUp(server);
    const answers = [];
    for (const name of ["globex/core", "globex/core~dev", "globex/none", "acme/none", "no/such"]) {
      const answer = await server.composer(`/p2/${name}.json`, token);
      expectDenial(answer, 404, undefined, name);
      answers.push(answer.text);
    }
    expect(new Set(answers).size).toBe(1);
  });

  // An empty list claims the name, so that no public repository is asked for it, and overwrites what was cached.
  test("p2 of a lapsed name, and of the same vendor's that was not bought: 200, an empty list, a warning, no date", async () => {
    await using server = await startTestServer(engine);
    const { token } = await setUp(server);
    const cases: [name: string, warning: string][] = [
      ["acme/lapsed", LAPSED],
      ["acme/unsold", UNSOLD],
    ];
    for (const [name, warning] of cases) {
      for (const suffix of ["", "~dev"]) {
        const answer = await server.composer(`/p2/${name}${suffix}.json`, token, {
          "if-modified-since": "Sat, 01 Jan 2000 00:00:00 GMT",
        });
        // Composer reads both files of a name, and up to 2.10 prints what each says.
        const said = suffix === "" ? warning : undefined;
        expectDenial(answer, 200, said, name);
        expect(answer.json()).toEqual({ packages: { [name]: [] }, warning: said });
      }
    }
  });

  test("dist of what is known but lapsed, not bought or too new: 402 with the reason", async () => {
    await using server = await startTestServer(engine);
    const { token } = await setUp(server);
    const cases: [path: string, warning: string][] = [
      [`acme/lapsed/${reference("3")}`, LAPSED],
      [`acme/unsold/${reference("4")}`, UNSOLD],
      [
        `acme/core/${reference("2")}`,
        "acme/core 2.0.0: not among the versions your token covers; renew with the vendor to install it.",
      ],
    ];
    for (const [path, warning] of cases) {
      expectDenial(await server.composer(`/dist/${path}.zip`, token), 402, warning, path);
      // A guess is told nothing.
      const guess = path.replace(/[0-9a-f]{40}/, reference("9"));
      expectDenial(await server.composer(`/dist/${guess}.zip`, token), 404, undefined, guess);
    }
  });

  test("dist of another vendor's package, of none, and of a reference that belongs to another package: 404", async () => {
    await using server = await startTestServer(engine);
    const { token } = await setUp(server);
    const paths = [
      `globex/core/${reference("5")}`,
      `no/such/${reference("1")}`,
      `acme/core/${reference("5")}`,
      `acme/core/${reference("3")}`,
    ];
    for (const path of paths) expectDenial(await server.composer(`/dist/${path}.zip`, token), 404, undefined, path);
  });

  // Renamed, withdrawn, its source removed: composer alone says "could not be found in any version".
  test("p2 of a hosted name of which nothing is offered any more says so, once", async () => {
    await using server = await startTestServer(engine);
    const { database } = server.core;
    await hostPackage(database, "acme/renamed", [{ version: "1.0.0", isWithdrawn: true, reference: reference("9") }]);
    await hostPackage(database, "acme/unstable", ["dev-main"]);
    const { token } = await sellToken(server, await server.createManagementToken());
    const withdrawn =
      "acme/renamed: no version of it is offered at the moment; ask the vendor whether it has another name.";
    for (const [path, warning] of [
      ["acme/renamed", withdrawn],
      ["acme/renamed~dev", undefined],
      ["acme/unstable", undefined],
    ] as const) {
      const answer = await server.composer(`/p2/${path}.json`, token);
      expect([answer.status, (answer.json() as { warning?: string }).warning], path).toEqual([200, warning]);
      expect(answer.headers.get("last-modified") === null, path).toBe(warning !== undefined);
    }
    // What a lock file names goes on.
    expect((await server.composer(`/dist/acme/renamed/${reference("9")}.zip`, token)).status).not.toBe(402);
  });

  test("a refusal that is repeated is on record once a minute, with how often it was", async () => {
    await using server = await startTestServer(engine);
    const { shop } = await setUp(server);
    const revoked = await sellToken(server, shop);
    await server.api("DELETE", `/api/tokens/${revoked.id}`, shop);
    server.logLines.length = 0;
    const ask = (path: string) => server.composer(path, revoked.token, { "user-agent": "Composer/2.2.29" });
    for (let count = 0; count < 30; count++) await ask("/packages.json");
    await ask("/p2/acme/core.json");
    server.clock.advanceSeconds(60);
    await ask("/packages.json");
    const lines = server.logLines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const refused = lines.filter(({ msg }) => msg === "composer refused");
    expect(refused.map(({ path, repeated }) => [path, repeated])).toEqual([
      ["/packages.json", undefined],
      ["/p2/acme/core.json", undefined],
      ["/packages.json", 29],
    ]);
  });

  test("a refusal is one line in the log, by token id", async () => {
    await using server = await startTestServer(engine);
    const { id, token } = await setUp(server);
    server.logLines.length = 0;
    await server.composer("/p2/acme/lapsed.json?secret=hidden", token);
    const linesOf = (message: string) =>
      server.logLines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === message);
    const facts = { method: "GET", route: "p2", path: "/p2/acme/lapsed.json", status: 200, token_id: id };
    const refused = linesOf("composer refused");
    expect(refused).toMatchObject([{ ...facts, reason: "lapsed" }]);
    expect(refused[0]).toHaveProperty("request_id", expect.stringMatching(/^req_/));
    expect(refused[0]).toHaveProperty("duration_ms", expect.any(Number));
    // The level of the test is debug: there every answer has its line.
    await expect.poll(() => linesOf("composer answered")).toMatchObject([facts]);
    expect(server.logLines.join("")).not.toContain("hidden");
  });
});
