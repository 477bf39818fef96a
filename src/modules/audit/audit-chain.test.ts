import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { testEngines } from "../../testing/database.ts";
import { sealAuditEvents, verifyAuditChain } from "./index.ts";

describe.each(testEngines)("the audit chain on %s", (engine) => {
  async function withSales(count: number): Promise<TestServer> {
    const server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    for (let index = 0; index < count; index++) {
      const metadata = { customer_id: index, customer_email: `${index}@example.com` };
      await server.api("POST", "/api/tokens", shop, { description: `sale ${index}`, metadata });
    }
    await sealAuditEvents(server.core);
    return server;
  }
  const problemsOf = async (server: TestServer, head?: string) => (await verifyAuditChain(server.core, head)).problems;

  test("verifies what nobody touched, and its end stays part of it", async () => {
    await using server = await withSales(5);
    const first = await verifyAuditChain(server.core);
    expect(first).toMatchObject({ verified: 6, unsealed: 0, problems: [] });
    const shop = await server.createManagementToken();
    await server.api("POST", "/api/tokens", shop, { description: "later" });
    await sealAuditEvents(server.core);
    expect(await verifyAuditChain(server.core, first.head)).toMatchObject({ verified: 8, problems: [] });
  });

  test("records that are not sealed yet are no error", async () => {
    await using server = await withSales(1);
    await server.createManagementToken();
    const { problems, unsealed } = await verifyAuditChain(server.core);
    expect(problems).toEqual([]);
    expect(unsealed).toBeLessThanOrEqual(1);
  });

  test("finds an edited record", async () => {
    await using server = await withSales(5);
    await server.core.database.db
      .updateTable("audit_events")
      .set({ action: "token.updated" })
      .where("sequence", "=", 3)
      .execute();
    expect((await problemsOf(server)).join()).toMatch(/record 3 was changed: record evt_.* does not fit its MAC/);
  });

  test("finds a removed record", async () => {
    await using server = await withSales(5);
    const row = await server.core.database.db
      .selectFrom("audit_events")
      .select("id")
      .where("sequence", "=", 3)
      .executeTakeFirstOrThrow();
    await server.core.database.db.deleteFrom("audit_personal_values").where("event", "=", row.id).execute();
    await server.core.database.db.deleteFrom("audit_events").where("id", "=", row.id).execute();
    expect((await problemsOf(server)).join()).toMatch(/1 record\(s\) after number 2 are missing/);
  });

  test("finds two records that changed places", async () => {
    await using server = await withSales(5);
    const { db } = server.core.database;
    await db.updateTable("audit_events").set({ sequence: 100 }).where("sequence", "=", 3).execute();
    await db.updateTable("audit_events").set({ sequence: 3 }).where("sequence", "=", 4).execute();
    await db.updateTable("audit_events").set({ sequence: 4 }).where("sequence", "=", 100).execute();
    expect((await problemsOf(server)).length).toBeGreaterThan(0);
  });

  test("finds a chain that was cut off, also with its end moved back, and one that was set back whole", async () => {
    await using server = await withSales(5);
    const { db } = server.core.database;
    const { head } = await verifyAuditChain(server.core);
    const last = await db.selectFrom("audit_events").selectAll().where("sequence", "=", 6).executeTakeFirstOrThrow();
    await db.deleteFrom("audit_personal_values").where("event", "=", last.id).execute();
    await db.deleteFrom("audit_events").where("id", "=", last.id).execute();
    expect((await problemsOf(server)).join()).toMatch(/the chain ends at record 5, its signed end is record 6/);
    const fifth = await db.selectFrom("audit_events").selectAll().where("sequence", "=", 5).executeTakeFirstOrThrow();
    await db
      .updateTable("audit_head")
      .set({ sequence: 5, chain_mac: fifth.chain_mac ?? "" })
      .execute();
    expect((await problemsOf(server)).join()).toMatch(/the signed end of the chain was changed/);
    // Nobody without the key can sign the end; who has an older database sets everything back, and only --expect sees it.
    expect((await problemsOf(server, head)).join()).toMatch(/the expected end is not part of the chain/);
  });

  // A right the law gives every buyer; the chain must not stand in its way.
  test("erasing personal values leaves it valid, changing them does not", async () => {
    await using server = await withSales(3);
    const { db } = server.core.database;
    const rows = await db.selectFrom("audit_personal_values").select("event").orderBy("event").execute();
    await db
      .deleteFrom("audit_personal_values")
      .where("event", "=", rows[0]?.event ?? "")
      .execute();
    expect(await problemsOf(server)).toEqual([]);
    await db
      .updateTable("audit_personal_values")
      .set({ personal_values: "{}" })
      .where("event", "=", rows[1]?.event ?? "")
      .execute();
    expect((await problemsOf(server)).join()).toMatch(/the personal values of record \d+ .* were changed/);
  });

  test("sealing at once on several connections gives one chain", async () => {
    await using server = await withSales(2);
    for (let index = 0; index < 10; index++) await server.createManagementToken();
    await Promise.all([sealAuditEvents(server.core), sealAuditEvents(server.core), sealAuditEvents(server.core)]);
    expect(await verifyAuditChain(server.core)).toMatchObject({ verified: 13, unsealed: 0, problems: [] });
  });

  // Otherwise `audit verify` beside a busy server cries wolf, and nobody believes it the day it matters.
  test("verifying while records are written and sealed gives no false alarm", async () => {
    await using server = await withSales(3);
    let isOver = false;
    const write = async () => {
      while (!isOver) {
        await server.createManagementToken();
        await sealAuditEvents(server.core);
        // As every request does; SQLite alone would never let go of the thread.
        await setImmediate();
      }
    };
    const writing = write();
    for (let round = 0; round < 40; round++) expect(await problemsOf(server)).toEqual([]);
    isOver = true;
    await writing;
  });

  test("records are sealed in the order in which they were written, also within one second", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    for (let sale = 0; sale < 10; sale++) {
      const created = await server.api("POST", "/api/tokens", shop, { description: "x" });
      await server.api("DELETE", `/api/tokens/${(created.json() as { id: string }).id}`, shop);
    }
    await sealAuditEvents(server.core);
    const rows = await server.core.database.db
      .selectFrom("audit_events")
      .select("action")
      .orderBy("sequence")
      .execute();
    const pairs = Array.from({ length: 10 }, () => ["token.created", "token.revoked"]).flat();
    expect(rows.map(({ action }) => action)).toEqual(["management_token.created", ...pairs]);
  });

  test("stopping the server seals what is left", async () => {
    const server = await withSales(1);
    await server.createManagementToken();
    const { database } = server.core;
    const rowsBefore = await database.db.selectFrom("audit_events").select("sequence").execute();
    expect(rowsBefore.length).toBe(3);
    await server.stop();
    const rows = await database.db.selectFrom("audit_events").select("sequence").execute();
    expect(rows.every((row) => row.sequence !== null)).toBe(true);
    await server[Symbol.asyncDispose]();
  });
});
