import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const UNSET = {
  vendor_name: null,
  support_email: null,
  support_url: null,
  renew_url: null,
  setup_finished_at: null,
  sharing_networks_max: null,
  sharing_days: null,
  reminder_days: null,
  time_zone: null,
  public_packages: null,
  second_factor_roles: null,
};
const ACME = {
  vendor_name: "Acme Extensions",
  support_email: "help@acme.example",
  support_url: "https://acme.example/",
};

async function records(server: TestServer) {
  const rows = await server.core.database.db.selectFrom("audit_events").selectAll().orderBy("id").execute();
  return rows.filter(({ action }) => action === "setting.changed");
}

describe.each(testEngines)("settings on %s", (engine) => {
  test("are kept, left alone where a PATCH does not name them, and cleared by null", async () => {
    await using server = await startTestServer(engine);
    const secret = await server.createManagementToken({ scopes: ["settings:read", "settings:write"] });
    expect((await server.api("GET", "/api/settings", secret)).json()).toEqual(UNSET);
    expect((await server.api("PATCH", "/api/settings", secret, ACME)).json()).toEqual({ ...UNSET, ...ACME });
    const later = { setup_finished_at: 1_800_000_000, support_url: null };
    const expected = { ...UNSET, ...ACME, ...later };
    expect((await server.api("PATCH", "/api/settings", secret, later)).json()).toEqual(expected);
    expect((await server.api("GET", "/api/settings", secret)).json()).toEqual(expected);
    expect((await server.api("PATCH", "/api/settings", secret, {})).json()).toEqual(expected);
  });

  test("leave one record for each that is another one afterwards; an address is in the erasable part only", async () => {
    await using server = await startTestServer(engine);
    const secret = await server.createManagementToken({ scopes: ["settings:write"] });
    for (const body of [ACME, ACME, { vendor_name: "Acme" }]) await server.api("PATCH", "/api/settings", secret, body);
    const changes = await records(server);
    expect(changes.map(({ target_id }) => target_id)).toEqual([
      ...["vendor_name", "support_email", "support_url", "vendor_name"],
    ]);
    expect(changes.at(-1)?.details).toBe('{"before":{"value":"Acme Extensions"},"after":{"value":"Acme"}}');
    expect(JSON.stringify(changes)).not.toContain("help@acme");
    const personal = await server.core.database.db
      .selectFrom("audit_personal_values")
      .select("personal_values")
      .execute();
    expect(JSON.stringify(personal)).toContain("help@acme");
  });

  test("refuse what a page could not show safely", async () => {
    await using server = await startTestServer(engine);
    const secret = await server.createManagementToken({ scopes: ["settings:write"] });
    for (const [pointer, value] of [
      ["/support_url", "javascript:alert(1)"],
      ["/support_url", "https://user:pass@acme.example/"],
      ["/support_email", "a@b, c@d"],
      ["/support_email", "help@acme.example?bcc=eve@example.com"],
      ["/vendor_name", "Acme\nEve"],
      ["/vendor_name", " "],
      ["/setup_finished_at", 1.5],
      ["/sharing_networks_max", 251],
      ["/sharing_days", 0],
      ["/reminder_days", [14, 14]],
    ] as const) {
      const answer = await server.api("PATCH", "/api/settings", secret, { [pointer.slice(1)]: value });
      expect(answer.json(), pointer).toMatchObject({ status: 400, errors: [{ pointer }] });
    }
    expect(await records(server)).toEqual([]);
  });

  test("are not changed by a management token with a package bound: every buyer sees them", async () => {
    await using server = await startTestServer(engine);
    const bounded = await server.createManagementToken({ scopes: ["settings:write"], prefixes: ["acme/"] });
    const answer = await server.api("PATCH", "/api/settings", bounded, { support_url: "https://elsewhere.example/" });
    expect(answer.json()).toMatchObject({ status: 403, code: "auth.outside_bound" });
    const facts = (await server.api("GET", "/api/install", undefined)).json();
    expect(facts).toMatchObject({ support_url: null });
  });

  test("show a buyer without a credential where this is and whom to ask, and nothing else", async () => {
    await using server = await startTestServer(engine);
    const secret = await server.createManagementToken({ scopes: ["settings:write"] });
    await server.api("PATCH", "/api/settings", secret, { ...ACME, setup_finished_at: 1_800_000_000 });
    const { publicUrl } = server.core.config;
    expect((await server.api("GET", "/api/install", undefined)).json()).toEqual({
      ...{ public_url: publicUrl, host: new URL(publicUrl).host, port_in_host: true, ...ACME },
      ...{ secure_http_needed: true, repository_url: publicUrl },
    });
    await using real = await startTestServer(engine, { PUBLIC_URL: "https://packages.example.com" });
    expect((await real.api("GET", "/api/install", undefined)).json()).toMatchObject({
      ...{ public_url: "https://packages.example.com", host: "packages.example.com", port_in_host: false },
      ...{ vendor_name: null, secure_http_needed: false },
    });
  });
});
