import { describe, expect, test } from "vitest";
import { createManagementToken } from "../management-tokens/index.ts";
import { addSource } from "../sources/index.ts";
import { SCOPES, commandLine } from "../callers/index.ts";
import { sellToken } from "../../testing/sales.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { createTestUser, logIn } from "../../testing/users.ts";

interface Event {
  action: string;
  target: { kind: string; id: string; label: string | null };
}

async function labelsOf(server: TestServer, by: string, id: string): Promise<(string | null)[]> {
  const answer = await server.api("GET", `/api/audit-events?target_id=${encodeURIComponent(id)}`, by);
  expect(answer.status, answer.text).toBe(200);
  return (answer.json() as Event[]).map(({ target }) => target.label);
}

describe.each(testEngines)("target.label of audit records on %s", (engine) => {
  test("is what people call the target: an address and four characters, a name, the shop's own id", async () => {
    await using server = await startTestServer(engine);
    const { core } = server;
    const owner = await server.createManagementToken({ scopes: [...SCOPES] });
    const sell = async (body: Record<string, unknown>) => {
      const { id, token } = await sellToken(server, owner, body);
      return { label: (await labelsOf(server, owner, id))[0], end: ` …${token.slice(-4)}` };
    };
    const known = await sell({ metadata: { customer_id: 42, customer_email: "ada@example.com" } });
    expect(known.label).toBe(`ada@example.com${known.end}`);
    const later = await sell({ description: "No address", metadata: { customer_id: 42 } });
    expect(later.label).toBe(`ada@example.com${later.end}`);
    const guest = await sell({ description: `Order 7\n${"ä𝒳".repeat(80)}` });
    expect(guest.label).toBe(`Order 7 ${"ä𝒳".repeat(36)}…${guest.end}`);
    const short = await sell({ description: "x".repeat(80) });
    expect(short.label).toBe("x".repeat(80) + short.end);
    await sell({ metadata: { customer_id: 43 } });
    for (const [customer, email] of [
      ["42", "ada@new.example"],
      ["43", null],
    ] as const) {
      await server.api("PATCH", `/api/customers/${customer}`, owner, { email: "x@example.com" });
      await server.api("PATCH", `/api/customers/${customer}`, owner, { email });
      const row = core.database.db.selectFrom("customers").select("id").where("customer_id", "=", customer);
      const { id } = await row.executeTakeFirstOrThrow();
      expect(await labelsOf(server, owner, id)).toEqual(Array(2).fill(email ?? customer));
    }
    const source = await addSource(core, commandLine, { url: "https://git.invalid/acme/core.git" });
    expect(await labelsOf(server, owner, source.id)).toEqual(["acme/core"]);
    const made = await createManagementToken(core, commandLine, { name: "Shop", scopes: ["tokens:read"] });
    expect(await labelsOf(server, owner, made.id)).toEqual(["Shop"]);
    const { id } = await createTestUser(server, { name: "Grace" });
    expect(await labelsOf(server, owner, id)).toEqual(["Grace"]);
  });

  // The records stay for good; whom they were about must not be read from them once that was erased.
  test("goes with the personal values it came from", async () => {
    await using server = await startTestServer(engine);
    const { db } = server.core.database;
    const owner = await server.createManagementToken({ scopes: [...SCOPES] });
    const metadata = { customer_id: 42, customer_email: "ada@example.com" };
    const { id } = await sellToken(server, owner, { description: "For Ada", metadata });
    await server.api("PATCH", "/api/customers/42", owner, { email: "ada@new.example" });
    const user = await createTestUser(server, { name: "Grace" });
    const { id: customer } = await db.selectFrom("customers").select("id").executeTakeFirstOrThrow();
    await db.updateTable("customers").set({ email: null, erased_at: 1 }).execute();
    await (await logIn(server, { role: "owner" })).api("DELETE", `/api/users/${user.id}`);
    for (const target of [id, customer, user.id]) {
      const labels = await labelsOf(server, owner, target);
      expect(labels.length).toBeGreaterThan(0);
      expect(new Set(labels)).toEqual(new Set([null]));
    }
  });
});
