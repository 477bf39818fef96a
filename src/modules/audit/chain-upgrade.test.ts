import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { migrations } from "../../../migrations/index.ts";
import { createCipher } from "../../platform/crypto/cipher.ts";
import { migrateToLatest } from "../../platform/database/index.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import type { TestDatabase, TestEngine } from "../../testing/database.ts";
import { CHAIN_START } from "./audit-chain.ts";
import { AuditWitness } from "./audit-witness.ts";
import { beginAuditChain, beginWitness } from "./begin-audit-chain.ts";
import { recordAuditEvent, sealAuditEvents, verifyAuditChain } from "./index.ts";
import { AuditWatch } from "./watch-audit-chain.ts";
import { createLogger } from "../../platform/log/logger.ts";

const cipher = createCipher(Buffer.alloc(32, 3));
const cli = { kind: "cli", id: null, requestId: null } as const;

/** What the release before 0029 has left: sealed records, and some that it had not sealed yet. */
async function ofOldRelease(engine: TestEngine, { sealed, unsealed }: { sealed: number; unsealed: number }) {
  const older = Object.entries(migrations).filter(([name]) => name < "0029");
  const made = await createTestDatabase(engine, Object.fromEntries(older));
  const { db } = made.database;
  let link = CHAIN_START;
  for (let number = 1; number <= sealed + unsealed; number++) {
    const fields = [`evt_${number}`, number, "cli", null, "token.created", "token", "token_1", null, null, null, "{}"];
    const isSealed = number <= sealed;
    if (isSealed) link = cipher.mac("audit chain", JSON.stringify([link, number, ...fields, null]));
    await sql`insert into audit_events
      (id, occurred_at, actor_kind, actor_id, action, target_kind, target_id, shop, customer, request_id, details,
        sequence, chain_mac, sealed_at)
      values (${sql.join([...fields, ...(isSealed ? [number, link, 1] : [null, null, null])])})`.execute(db);
  }
  if (sealed > 0) {
    const signature = cipher.mac("audit head", `${sealed} ${link}`);
    await sql`insert into audit_head values (1, ${sealed}, ${link}, ${signature}, 1)`.execute(db);
  }
  await migrateToLatest(db, migrations);
  return made;
}

describe.each(testEngines)("the audit chain of an older release on %s", (engine) => {
  async function withWitness(made: TestDatabase) {
    const dataDir = await mkdtemp(join(tmpdir(), "package-broker-witness-"));
    const witness = new AuditWitness(dataDir, cipher);
    const logger = createLogger("error", { write: () => undefined });
    const deps = { database: made.database, cipher, clock: createTestClock(), witness, auditWitness: witness, logger };
    const start = async () => {
      await beginAuditChain(deps);
      await beginWitness(deps);
    };
    return { ...deps, start, [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true }) };
  }

  test.each([
    { sealed: 3, unsealed: 2 },
    { sealed: 3, unsealed: 0 },
    { sealed: 0, unsealed: 2 },
    { sealed: 0, unsealed: 0 },
  ])("with $sealed sealed records and $unsealed that wait goes on, once, and verifies", async (counts) => {
    await using made = await ofOldRelease(engine, counts);
    await using deps = await withWitness(made);
    await deps.start();
    await made.database.transaction((trx) =>
      recordAuditEvent(deps, trx, cli, { action: "settings.updated", target: { kind: "setting", id: "x" } }),
    );
    await deps.start();
    await sealAuditEvents(deps);
    const old = counts.sealed + counts.unsealed;
    const verified = old + (old > 0 ? 2 : 1);
    expect(await verifyAuditChain(deps)).toMatchObject({ verified, unsealed: 0, problems: [] });
  });

  test("takes no record without a MAC for an old one any more, once it has gone on", async () => {
    await using made = await ofOldRelease(engine, { sealed: 2, unsealed: 1 });
    await using deps = await withWitness(made);
    const { db } = made.database;
    const old = await db.selectFrom("audit_events").selectAll().where("id", "=", "evt_3").executeTakeFirstOrThrow();
    const oldHead = await db.selectFrom("audit_head").selectAll().executeTakeFirstOrThrow();
    await deps.start();
    await sealAuditEvents(deps);
    await new AuditWatch(deps).look();
    await db
      .insertInto("audit_events")
      .values({ ...old, id: "evt_4" })
      .execute();
    await deps.start();
    await sealAuditEvents(deps);
    expect((await verifyAuditChain(deps)).problems.join("\n")).toMatch(/record evt_4 \(token.created\) has no MAC/);
    // Nor where the end of the release before is put back as well.
    await db.deleteFrom("audit_events").where("sequence", ">", 2).execute();
    await db.updateTable("audit_head").set(oldHead).execute();
    await deps.start();
    await made.database.transaction((trx) =>
      recordAuditEvent(deps, trx, cli, { action: "settings.updated", target: { kind: "setting", id: "x" } }),
    );
    await expect(sealAuditEvents(deps)).rejects.toThrow(/is not signed with this key/);
    expect((await verifyAuditChain(deps)).problems.join("\n")).toMatch(/one of an older release/);
  });

  test("that a restore brought back goes on with a record that names the end that was lost, and a new witness", async () => {
    await using made = await ofOldRelease(engine, { sealed: 2, unsealed: 0 });
    await using deps = await withWitness(made);
    await deps.witness.advance(undefined, { sequence: 40, chain_mac: "ab".repeat(32), at: 1_700_000_000 });
    expect((await verifyAuditChain(deps)).problems.join()).toMatch(/record 40, where the chain ended/);
    const ends = await deps.witness.endsAsWritten();
    await deps.witness.noteRestore({ restored_at: 1_700_000_100, created_at: 1_600_000_000, ends });
    await deps.start();
    await sealAuditEvents(deps);
    const found = await verifyAuditChain(deps);
    expect(found).toMatchObject({ problems: [], verified: 4 });
    const record = await made.database.db
      .selectFrom("audit_events")
      .select("details")
      .where("action", "=", "audit.restored")
      .executeTakeFirstOrThrow();
    expect(record.details).toContain(`40:${"ab".repeat(32)}`);
    await deps.start();
    await sealAuditEvents(deps);
    expect((await verifyAuditChain(deps)).verified).toBe(4);
  });
});
