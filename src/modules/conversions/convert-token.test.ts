import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { openedPackages } from "../../testing/opened-packages.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const DAY = 86_400;
const NOW = 1_800_000_000;
const END = NOW + 365 * DAY;
const PACKAGES = ["acme/checkout", "acme/theme", "globex/core"];

const sale = (order_id: string, prefixes: string[], more: Record<string, unknown> = {}) => ({
  description: `Order ${order_id}`,
  expires_at: END,
  allowed_package_prefixes: prefixes,
  metadata: { customer_id: "c1", customer_email: "c1@example.com", order_id },
  ...more,
});

const requiring = (version: string, name: string) => ({ version, extra: { require: { [name]: "*" } } });

/** A shop that sells without the setting. */
async function start(engine: (typeof testEngines)[number]) {
  const server = await startTestServer(engine);
  for (const name of PACKAGES) await hostPackage(server.core.database, name, ["1.0.0"]);
  const shop = await server.createManagementToken({ scopes: [...SCOPES] });
  return { server, shop };
}

const opened = (server: TestServer, secret: string) => openedPackages(server, secret, PACKAGES);

const convert = (server: TestServer, shop: string, id: string, body: unknown = {}, headers = {}) =>
  server.api("POST", `/api/tokens/${id}/convert`, shop, body, headers);

interface Preview {
  tokens: { id: string; gains: string[]; loses: string[] }[];
  warnings: string[];
}

async function preview(server: TestServer, shop: string, id: string): Promise<Preview> {
  const answer = await server.api("POST", `/api/tokens/${id}/convert/preview`, shop, {});
  expect(answer.status, answer.text).toBe(200);
  return answer.json() as Preview;
}

const changesOf = ({ tokens }: Preview) =>
  Object.fromEntries(tokens.map(({ id, gains, loses }) => [id, { gains, loses }]));

/** All that the database holds but for what only says that something was asked. */
async function stored(server: TestServer) {
  const { db } = server.core.database;
  return await Promise.all(
    (["tokens", "grants", "grant_lines", "token_scopes", "customer_addresses", "attention_entries"] as const).map(
      (table) => db.selectFrom(table).selectAll().execute(),
    ),
  );
}

async function recordsOf(server: TestServer) {
  const { db } = server.core.database;
  const records = db.selectFrom("audit_events").selectAll().where("action", "=", "token.joined_customer");
  return await records.execute();
}

describe.each(testEngines)("converting a token on %s", (engine) => {
  test("makes a line of what it was sold with, and opens for each converted token what the others brought", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const first = await sellToken(server, shop, sale("O-1", ["acme/checkout"], { grace_days: 7, rate_limit_max: 500 }));
    const second = await sellToken(server, shop, sale("O-2", ["acme/theme"], { updates_until: END }));
    const before = (await server.api("GET", `/api/tokens/${first.id}`, shop)).json() as Record<string, unknown>;
    const answer = await convert(server, shop, first.id, { reason: "One credential per customer" });
    expect([answer.status, answer.json()]).toMatchObject([
      200,
      {
        id: first.id,
        access: "customer",
        applied: true,
        order_id: "O-1",
        line: "acme/checkout",
        expires_at: END,
        grace_days: 7,
        rate_limit_max: 500,
        last_four: before["last_four"],
        allowed_package_prefixes: ["acme/checkout"],
        warnings: [expect.stringContaining("Convert it too") as unknown],
      },
    ]);
    expect(answer.text).not.toContain(first.token);
    expect(await opened(server, first.token)).toEqual(["acme/checkout"]);
    expect(await opened(server, second.token)).toEqual(["acme/theme"]);
    expect((await convert(server, shop, second.id)).json()).toMatchObject({ applied: true, warnings: [] });
    for (const { token } of [first, second]) {
      expect(await opened(server, token)).toEqual(["acme/checkout", "acme/theme"]);
    }
    const held = (await server.api("GET", "/api/customers/c1/grants", shop)).json() as { order_id: string }[];
    expect(held.sort((a, b) => a.order_id.localeCompare(b.order_id))).toMatchObject([
      { order_id: "O-1", line: "acme/checkout", expires_at: END, grace_until: END + 7 * DAY },
      { order_id: "O-2", line: "acme/theme", updates_until: END, grace_until: null },
    ]);
    const records = await recordsOf(server);
    expect(records.map(({ target_id }) => target_id).sort()).toEqual([first.id, second.id].sort());
    expect(JSON.stringify(records)).not.toContain("One credential");
    // Each part for its own term: the first one goes on for its days of grace.
    server.clock.advanceSeconds(366 * DAY);
    for (const { token } of [first, second]) expect(await opened(server, token)).toEqual(["acme/checkout"]);
  });

  test("is shown by the preview as it happens, and the preview changes nothing", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const credential = await server.createManagementToken({ credential: "customer" });
    const other = await sellToken(server, credential, sale("O-1", ["acme/theme"]));
    const old = await sellToken(server, shop, sale("O-2", ["acme/checkout"]));
    const literal = await sellToken(server, shop, sale("O-3", ["globex/"]));
    const before = await stored(server);
    const shown = await preview(server, shop, old.id);
    expect(await stored(server)).toEqual(before);
    expect(shown).toMatchObject({ order_id: "O-2", line: "acme/checkout", another_address: false });
    expect(shown.tokens[0]?.id).toBe(old.id);
    expect(changesOf(shown)).toEqual({
      [old.id]: { gains: ["acme/theme"], loses: [] },
      [other.id]: { gains: ["acme/checkout"], loses: [] },
      [literal.id]: { gains: [], loses: [] },
    });
    const answer = await convert(server, shop, old.id);
    expect(answer.json()).toMatchObject({ applied: true, warnings: shown.warnings });
    for (const { token } of [old, other]) expect(await opened(server, token)).toEqual(["acme/checkout", "acme/theme"]);
    expect(await opened(server, literal.token)).toEqual(["globex/core"]);
    expect(changesOf(await preview(server, shop, old.id))[old.id]).toEqual({ gains: [], loses: [] });
  });

  test("changes nothing when it is repeated, with a key or without one", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const { id, token } = await sellToken(server, shop, sale("O-1", ["acme/checkout"]));
    const key = { "idempotency-key": "convert-1" };
    const first = await convert(server, shop, id, {}, key);
    const again = await convert(server, shop, id, {}, key);
    expect([again.status, again.headers.get("idempotency-replayed"), again.text]).toEqual([200, "true", first.text]);
    const before = await stored(server);
    const third = await convert(server, shop, id);
    expect([third.status, third.json()]).toMatchObject([
      200,
      {
        applied: false,
        order_id: "O-1",
        line: "acme/checkout",
        message: expect.stringContaining("Nothing") as unknown,
      },
    ]);
    expect(await stored(server)).toEqual(before);
    expect(await recordsOf(server)).toHaveLength(1);
    expect(await opened(server, token)).toEqual(["acme/checkout"]);
    // Delivered once more, the sale is the one that was converted.
    const unique = sale("O-1", ["acme/checkout"], { unique_by: "order" });
    const repeated = await server.api("POST", "/api/tokens", shop, unique);
    expect(repeated.json()).toMatchObject({ id, duplicate: true });
  });

  test("ends with its order, and with its own revocation", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const first = await sellToken(server, shop, sale("O-1", ["acme/checkout"]));
    const second = await sellToken(server, shop, sale("O-2", ["acme/theme"]));
    const third = await sellToken(server, shop, sale("O-3", ["globex/"]));
    for (const { id } of [first, second, third]) await convert(server, shop, id);
    const ended = await server.api("POST", "/api/orders/O-1/revoke", shop, { customer_id: "c1" });
    expect(ended.status, ended.text).toBe(200);
    // It goes on for what its customer has besides.
    for (const { token } of [first, second]) {
      expect(await opened(server, token)).toEqual(["acme/theme", "globex/core"]);
    }
    expect((await server.api("DELETE", `/api/tokens/${third.id}`, shop)).status).toBe(200);
    expect(await opened(server, second.token)).toEqual(["acme/theme"]);
    expect(await opened(server, third.token)).toBeUndefined();
    expect((await convert(server, shop, third.id)).json()).toMatchObject({ status: 409, code: "resource.conflict" });
  });

  test("never reads past the bound of its maker or of whoever converts it", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const bounded = await server.createManagementToken({ scopes: [...SCOPES], prefixes: ["acme/"] });
    const mine = await sellToken(server, bounded, sale("O-1", ["acme/checkout"]));
    const all = await sellToken(server, shop, sale("O-2", ["acme/theme", "globex/"]));
    const half = await sellToken(server, shop, sale("O-3", ["acme/checkout"]));
    expect((await convert(server, bounded, all.id)).status).toBe(404);
    expect((await server.api("POST", `/api/tokens/${all.id}/convert/preview`, bounded, {})).status).toBe(404);
    await convert(server, shop, all.id);
    // The token of the other one's is nobody's business.
    expect(Object.keys(changesOf(await preview(server, bounded, half.id))).sort()).toEqual([half.id, mine.id].sort());
    for (const { id } of [mine, half]) expect((await convert(server, bounded, id)).status).toBe(200);
    for (const { token } of [mine, half]) expect(await opened(server, token)).toEqual(["acme/checkout", "acme/theme"]);
    expect(await opened(server, all.token)).toEqual(["acme/checkout", "acme/theme", "globex/core"]);
    // By somebody without a bound: that of the maker stays.
    const later = await sellToken(server, bounded, sale("O-4", ["acme/theme"]));
    await convert(server, shop, later.id);
    expect(await opened(server, later.token)).toEqual(["acme/checkout", "acme/theme"]);
  });

  test("refuses a token that would lose something by it", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const bounded = await server.createManagementToken({ scopes: [...SCOPES], prefixes: ["acme/"] });
    const { id, token } = await sellToken(server, bounded, sale("O-1", ["acme/checkout"]));
    const wider = { allowed_package_prefixes: ["acme/checkout", "globex/"] };
    expect((await server.api("PATCH", `/api/tokens/${id}`, shop, wider)).status).toBe(200);
    const refused = await convert(server, shop, id);
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining("globex/") as unknown]);
    expect(await opened(server, token)).toEqual(["acme/checkout", "globex/core"]);
  });

  test("does not exist in another shop, and needs the scope", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const { id } = await sellToken(server, shop, sale("O-1", ["acme/checkout"]));
    const foreign = await server.createManagementToken({ scopes: [...SCOPES], shop: "other" });
    const reader = await server.createManagementToken({ scopes: ["tokens:read"] });
    for (const path of ["convert", "convert/preview"]) {
      expect((await server.api("POST", `/api/tokens/${id}/${path}`, foreign, {})).status).toBe(404);
    }
    expect((await convert(server, reader, id)).status).toBe(403);
    expect((await server.api("POST", `/api/tokens/${id}/convert/preview`, reader)).status).toBe(200);
  });

  test("says why a token cannot be converted, and what to do", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const guest = await sellToken(server, shop, sale("G-1", ["acme/theme"], { metadata: { order_id: "G-1" } }));
    const project = await sellToken(server, shop, sale("O-1", ["acme/theme"], { access: "project" }));
    const revoked = await sellToken(server, shop, sale("O-2", ["acme/theme"]));
    await server.api("DELETE", `/api/tokens/${revoked.id}`, shop);
    const suspended = await sellToken(server, shop, sale("O-3", ["acme/theme"]));
    await server.api("POST", `/api/tokens/${suspended.id}/suspend`, shop, {});
    const before = await stored(server);
    for (const [{ id }, why] of [
      [guest, "PATCH with metadata"],
      [project, "project token"],
      [revoked, "was revoked"],
      [suspended, "Resume it first"],
    ] as const) {
      for (const path of ["convert", "convert/preview"]) {
        const answer = await server.api("POST", `/api/tokens/${id}/${path}`, shop, {});
        expect(answer.json()).toMatchObject({ status: 409, detail: expect.stringContaining(why) as unknown });
      }
    }
    expect(await stored(server)).toEqual(before);
    // A customer is named, and it goes.
    const named = { metadata: { order_id: "G-1", customer_id: "c1" } };
    expect((await server.api("PATCH", `/api/tokens/${guest.id}`, shop, named)).status).toBe(200);
    expect((await convert(server, shop, guest.id)).json()).toMatchObject({ applied: true, order_id: "G-1" });
  });

  test("tells that the holder of an expired token has what its customer has, and nothing that ended", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const old = await sellToken(server, shop, sale("O-1", ["acme/checkout"], { expires_at: NOW + DAY }));
    const second = await sellToken(server, shop, sale("O-2", ["acme/theme"]));
    await convert(server, shop, second.id);
    server.clock.advanceSeconds(2 * DAY);
    expect(await opened(server, old.token)).toBeUndefined();
    const shown = await preview(server, shop, old.id);
    expect(changesOf(shown)).toEqual({
      [old.id]: { gains: ["acme/theme"], loses: [] },
      [second.id]: { gains: [], loses: [] },
    });
    expect(shown.warnings).toEqual([expect.stringContaining("had ended")]);
    await convert(server, shop, old.id);
    for (const { token } of [old, second]) expect(await opened(server, token)).toEqual(["acme/theme"]);
  });

  test("asks whether it is the same person where the sale came with an address the customer never had", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    await sellToken(server, shop, sale("O-1", ["acme/checkout"]));
    const metadata = { customer_id: "c1", customer_email: "somebody@else.example", order_id: "O-2" };
    const other = await sellToken(server, shop, sale("O-2", ["acme/theme"], { metadata }));
    expect(await preview(server, shop, other.id)).toMatchObject({ another_address: true });
    const refused = await convert(server, shop, other.id);
    expect(refused.json()).toMatchObject({ status: 409, detail: expect.stringContaining("same_person") as unknown });
    expect(refused.text).not.toContain("somebody@else.example");
    const open = async () => (await server.api("GET", "/api/attention", shop)).json() as unknown[];
    expect(await open()).toHaveLength(1);
    expect((await convert(server, shop, other.id, { same_person: true })).status).toBe(200);
    expect(await open()).toEqual([]);
    const next = sale("O-3", ["globex/"], { metadata: { ...metadata, order_id: "O-3" } });
    const later = await sellToken(server, shop, next);
    expect((await convert(server, shop, later.id)).status).toBe(200);
  });

  test("keeps the packages that were granted along, and leaves a line with other terms alone", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    await hostPackage(server.core.database, "acme/bundle", [requiring("1.0.0", "globex/core")]);
    const bundle = await sellToken(server, shop, sale("O-1", ["acme/bundle"], { with_dependencies: true }));
    expect(await opened(server, bundle.token)).toEqual(["globex/core"]);
    // What is required today is another thing than what was granted along then.
    const { db } = server.core.database;
    const metadata = JSON.stringify({ name: "acme/bundle", ...requiring("1.0.0", "acme/theme").extra });
    const { id: bundled } = await db
      .selectFrom("packages")
      .select("id")
      .where("name", "=", "acme/bundle")
      .executeTakeFirstOrThrow();
    await db.updateTable("versions").set({ metadata }).where("package", "=", bundled).execute();
    expect((await convert(server, shop, bundle.id)).json()).toMatchObject({ dependencies: ["globex/core"] });
    expect(await opened(server, bundle.token)).toEqual(["globex/core"]);
    // Sold twice under one number, for two terms: the longer one stays longer.
    const short = await sellToken(server, shop, sale("O-2", ["acme/checkout"], { expires_at: NOW + DAY }));
    const long = await sellToken(server, shop, sale("O-2", ["acme/checkout"]));
    const same = await sellToken(server, shop, sale("O-2", ["acme/checkout"]));
    const lines = [];
    for (const { id } of [long, same, short]) lines.push((await convert(server, shop, id)).json());
    expect(lines).toMatchObject([
      { line: "acme/checkout", expires_at: END },
      { line: "acme/checkout", expires_at: END },
      { line: `acme/checkout (${short.id})`, expires_at: NOW + DAY },
    ]);
  });

  test("converts the own packages of a token that reads its customer's grants too", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const wide = await sellToken(server, shop, sale("O-1", ["acme/checkout"]));
    await server.api("PATCH", `/api/tokens/${wide.id}`, shop, { access: "customer" });
    const empty = await sellToken(server, shop, {
      ...sale("O-2", []),
      allowed_package_prefixes: null,
      access: "customer",
    });
    expect(await opened(server, empty.token)).toEqual([]);
    expect((await convert(server, shop, empty.id)).json()).toMatchObject({
      applied: false,
      line: null,
      order_id: null,
    });
    expect((await preview(server, shop, wide.id)).warnings).toEqual([expect.stringContaining("ended with it")]);
    expect((await convert(server, shop, wide.id)).json()).toMatchObject({ applied: true, line: "acme/checkout" });
    for (const { token } of [wide, empty]) expect(await opened(server, token)).toEqual(["acme/checkout"]);
  });
});
