import { describe, expect, test } from "vitest";
import { sellToken } from "../../testing/sales.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { createTestUser, logIn } from "../../testing/users.ts";

interface Event {
  action: string;
  actor: { label: string | null };
  target: { kind: string; id: string; label: string | null };
  personal: Record<string, unknown> | null;
}

type Ask = (path: string) => Promise<{ status: number; text: string; json: () => unknown }>;

const asToken =
  (server: TestServer, secret: string): Ask =>
  (path) =>
    server.api("GET", path, secret);

/** What the list, the export and the overview show to the same reader. */
async function everywhere(ask: Ask): Promise<Event[][]> {
  const list = (await ask("/api/audit-events")).json() as Event[];
  const lines = (await ask("/api/audit-events/export")).text.split("\n").filter((line) => line !== "");
  const { recent } = (await ask("/api/overview")).json() as { recent: Event[] };
  return [list, lines.map((line) => JSON.parse(line) as Event), recent];
}

const READ = ["audit:read", "usage:read", "tokens:read", "customers:read"];

describe.each(testEngines)("what audit records say about people on %s", (engine) => {
  test("is, of users, for readers with users:read: others see what was done, and by the name of whom", async () => {
    await using server = await startTestServer(engine);
    const owner = await logIn(server, await createTestUser(server, { name: "Grace", email: "grace@acme.example" }));
    await owner.api("PATCH", "/api/settings", { support_email: "help@acme.example" });
    await owner.api("POST", "/api/invitations", { email: "jane@acme.example", name: "Jane", role: "viewer" });
    await server.api("POST", "/api/session", undefined, { email: "grace@acme.example", password: "wrong wrong" });
    const shop = await server.createManagementToken({ scopes: [...READ, "tokens:write"] });
    await sellToken(server, shop, { metadata: { customer_id: 1, customer_email: "ada@buyer.example" } });
    await server.application.refusals.flush();
    const readers = [
      ...(["support", "viewer"] as const).map(async (role): Promise<Ask> => {
        const { api } = await logIn(server, await createTestUser(server, { role, email: `${role}@acme.example` }));
        return (path) => api("GET", path);
      }),
      Promise.resolve(asToken(server, shop)),
    ];
    for (const reader of readers) {
      for (const events of await everywhere(await reader)) {
        const text = JSON.stringify(events);
        expect(text).not.toContain("acme.example");
        expect(text).not.toContain("127.0.0.1");
        expect(text).not.toContain("Jane");
      }
      const [list = []] = await everywhere(await reader);
      const of = (action: string) => list.find((event) => event.action === action);
      expect(of("user.invited")).toMatchObject({ actor: { label: "Grace" }, target: { label: null }, personal: null });
      for (const action of ["setting.changed", "session.started", "credential.refused"]) {
        expect(of(action), action).toMatchObject({ personal: null });
      }
      // Of buyers they see it.
      expect(of("token.created")).toMatchObject({
        target: { label: expect.stringContaining("ada@buyer.example") as unknown },
        personal: expect.objectContaining({}) as unknown,
      });
    }
    const seen = (await owner.api("GET", "/api/audit-events")).text;
    for (const value of ["grace@acme.example", "jane@acme.example", "help@acme.example", "127.0.0.1"]) {
      expect(seen).toContain(value);
    }
  });

  test("is there of customers and tokens within a package bound only: records of others do not exist, in any view", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const bounded = await server.createManagementToken({ scopes: [...READ, "users:read"], prefixes: ["acme/"] });
    const sell = (vendor: string) =>
      sellToken(server, shop, {
        allowed_package_prefixes: [`${vendor}/`],
        metadata: { customer_id: vendor, customer_email: `ada@${vendor}.example` },
      });
    const [own, hidden] = [await sell("acme"), await sell("other")];
    await server.api(
      "PATCH",
      "/api/customers/other",
      await server.createManagementToken({ scopes: ["customers:write"] }),
      {
        email: "ada@new-other.example",
      },
    );
    const ask = asToken(server, bounded);
    for (const events of await everywhere(ask)) {
      expect(JSON.stringify(events)).not.toMatch(/ada@[a-z-]*other/);
      const about = (id: string) => events.find(({ target }) => target.id === id);
      expect(about(hidden.id)).toBeUndefined();
      expect(about(own.id)?.target.label).toContain("ada@acme.example");
      expect(JSON.stringify(about(own.id)?.personal)).toContain("ada@acme.example");
      expect(events.find(({ action }) => action === "customer.updated")).toBeUndefined();
    }
    const history = (await ask("/api/customers/acme/history")).json() as Event[];
    expect(JSON.stringify(history)).toContain("ada@acme.example");
    expect((await ask("/api/customers/other/history")).status).toBe(404);
  });
});
