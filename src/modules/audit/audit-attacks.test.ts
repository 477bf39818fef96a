import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { acknowledgeProblems } from "./acknowledge-problems.ts";
import { AuditWitness } from "./audit-witness.ts";
import { beginAuditChain } from "./begin-audit-chain.ts";
import { recordAuditEvent, sealAuditEvents, verifyAuditChain } from "./index.ts";
import { AuditWatch } from "./watch-audit-chain.ts";

const cli = { kind: "cli", id: null, requestId: null } as const;

/** Whoever has every right on the database, and no key. */
describe.each(testEngines)("a writer of the database without the key, on %s", (engine) => {
  async function withRecords(count: number): Promise<TestServer> {
    const server = await startTestServer(engine);
    // What the server does twice a second is done here by hand.
    await server.stop();
    for (let index = 0; index < count; index++) await writeRecord(server, `setting_${index}`);
    await look(server);
    return server;
  }
  const writeRecord = (server: TestServer, id: string, personal?: Record<string, unknown>) =>
    server.core.database.transaction((trx) =>
      recordAuditEvent(server.core, trx, cli, {
        action: "settings.updated",
        target: { kind: "setting", id },
        ...(personal === undefined ? {} : { personal }),
      }),
    );
  /** One turn of the sealer. */
  const look = async ({ core }: TestServer) => {
    await sealAuditEvents(core);
    const watch = new AuditWatch({ ...core, witness: core.auditWitness });
    await watch.look();
    await watch.look();
  };
  const problemsOf = async ({ core }: TestServer) => (await verifyAuditChain(core)).problems.join("\n");
  const rowsOf = ({ core }: TestServer) =>
    core.database.db.selectFrom("audit_events").selectAll().orderBy("id").execute();

  test("leaves nothing to find where nobody attacks, and the witness is compared with", async () => {
    await using server = await withRecords(3);
    const found = await verifyAuditChain(server.core);
    expect(found).toMatchObject({ verified: 3, problems: [] });
    expect(found.comparedWith.join()).toMatch(/^the end 3 that .* noted at 20/);
  });

  test("adds a record without a MAC, or with a copied one: neither is sealed, listed, or stops the others", async () => {
    await using server = await withRecords(2);
    const { db } = server.core.database;
    const [genuine] = await rowsOf(server);
    if (genuine === undefined) throw new Error("there is a record");
    const fresh = { sequence: null, chain_mac: null, chain_key: null, sealed_at: null };
    await db
      .insertInto("audit_events")
      .values([
        { ...genuine, ...fresh, id: "evt_forged1", action: "token.created", mac: null },
        { ...genuine, ...fresh, id: "evt_forged2" },
      ])
      .execute();
    expect(await problemsOf(server)).toMatch(/evt_forged1 \(token.created\) has no MAC/);
    await writeRecord(server, "honest");
    await look(server);
    const rows = await rowsOf(server);
    expect(rows.filter(({ id }) => id.startsWith("evt_forged")).map(({ sequence }) => sequence)).toEqual([null, null]);
    expect(rows.find(({ target_id }) => target_id === "honest")?.sequence).not.toBeNull();
    const problems = await problemsOf(server);
    expect(problems).toMatch(/evt_forged1 \(token.created\) has no MAC/);
    expect(problems).toMatch(/record evt_forged2 \(settings.updated\) does not fit its MAC/);
    // Not even once the rows are gone again: the finding is a record.
    await db.deleteFrom("audit_events").where("id", "like", "evt_forged%").execute();
    expect(await problemsOf(server)).toMatch(/record \d+ says: record evt_forged1 \(token.created\) has no MAC/);
  });

  test("puts a record at the end of the chain, with a number: it is taken back and told", async () => {
    await using server = await withRecords(2);
    const [genuine] = await rowsOf(server);
    if (genuine === undefined) throw new Error("there is a record");
    const { db } = server.core.database;
    await db
      .insertInto("audit_events")
      .values({ ...genuine, id: "evt_forged", sequence: 3 })
      .execute();
    expect(await problemsOf(server)).toMatch(/the chain ends at record 3, its signed end is record 2/);
    await writeRecord(server, "honest");
    await look(server);
    expect(await problemsOf(server)).toMatch(
      /evt_forged \(settings.updated\) had the number 3 behind the signed end 2/,
    );
    expect((await rowsOf(server)).find(({ target_id }) => target_id === "honest")?.sequence).not.toBeNull();
  });

  test("edits a record that is sealed, or waits to be", async () => {
    await using server = await withRecords(3);
    const { db } = server.core.database;
    await db.updateTable("audit_events").set({ target_id: "other" }).where("sequence", "=", 2).execute();
    expect(await problemsOf(server)).toMatch(
      /record 2 was changed: record evt_\w+ \(settings.updated\) does not fit its MAC/,
    );
    await writeRecord(server, "waits");
    await db.updateTable("audit_events").set({ actor_id: "user_1" }).where("target_id", "=", "waits").execute();
    await look(server);
    expect(await problemsOf(server)).toMatch(
      /record \d says: record evt_\w+ \(settings.updated\) does not fit its MAC/,
    );
  });

  test("takes the MAC of a sealed record away, to make it one of an older release", async () => {
    await using server = await withRecords(2);
    await server.core.database.db.updateTable("audit_events").set({ mac: null }).where("sequence", "=", 1).execute();
    expect(await problemsOf(server)).toMatch(/record 1 \(evt_\w+, settings.updated\) is in the chain and has no MAC/);
  });

  test("removes a sealed record, the last one, or one that waits to be sealed", async () => {
    await using server = await withRecords(4);
    const { db } = server.core.database;
    await db.deleteFrom("audit_events").where("sequence", "=", 2).execute();
    expect(await problemsOf(server)).toMatch(/1 record\(s\) after number 1 are missing/);
    await db.deleteFrom("audit_events").where("sequence", "=", 4).execute();
    expect(await problemsOf(server)).toMatch(/the chain ends at record 3, its signed end is record 4/);
    await writeRecord(server, "waits");
    const waiting = (await rowsOf(server)).find(({ target_id }) => target_id === "waits");
    await db.deleteFrom("audit_events").where("target_id", "=", "waits").execute();
    const removed = new RegExp(`record ${waiting?.id ?? ""} \\(settings.updated\\) .* removed before it was sealed`);
    expect(await problemsOf(server)).toMatch(removed);
    await look(server);
    expect(await problemsOf(server)).toMatch(removed);
  });

  test("marks a genuine record so that it is never sealed", async () => {
    await using server = await withRecords(1);
    await writeRecord(server, "hidden");
    await server.core.database.db
      .updateTable("audit_events")
      .set({ refused_at: 1 })
      .where("target_id", "=", "hidden")
      .execute();
    await look(server);
    expect(await problemsOf(server)).toMatch(/is genuine, and somebody has marked it so that it is not sealed/);
  });

  test("lets two records change places", async () => {
    await using server = await withRecords(4);
    const { db } = server.core.database;
    const of = (sequence: number) => db.updateTable("audit_events").where("sequence", "=", sequence);
    await of(2).set({ sequence: 100 }).execute();
    await of(3).set({ sequence: 2 }).execute();
    await of(100).set({ sequence: 3 }).execute();
    expect(await problemsOf(server)).toMatch(/record 2 \(evt_.*\) was changed or is out of its place/);
  });

  test("empties everything: no chain begins by itself, also after a start, and nothing is sealed", async () => {
    await using server = await withRecords(3);
    const { core } = server;
    for (const table of ["audit_personal_values", "audit_events", "audit_head"] as const) {
      await core.database.db.deleteFrom(table).execute();
    }
    await writeRecord(server, "after");
    await expect(sealAuditEvents(core)).rejects.toThrow(/the signed end of the audit chain is missing/);
    await beginAuditChain({ ...core, witness: core.auditWitness });
    await expect(sealAuditEvents(core)).rejects.toThrow(/the signed end of the audit chain is missing/);
    const problems = await problemsOf(server);
    expect(problems).toMatch(/the signed end of the chain is missing/);
    expect(problems).toMatch(/record 3, where the chain ended .* is not part of it any more/);
  });

  test("removes the chain where no witness is: what else is there says that it is no beginning", async () => {
    await using server = await withRecords(1);
    await server.createManagementToken();
    const { core } = server;
    for (const table of ["audit_personal_values", "audit_events", "audit_head"] as const) {
      await core.database.db.deleteFrom(table).execute();
    }
    const elsewhere = new AuditWitness(`${core.config.dataDir}/elsewhere`, core.cipher);
    await beginAuditChain({ ...core, witness: elsewhere });
    await expect(sealAuditEvents({ ...core, database: core.database })).resolves.toBe(0);
    const found = await verifyAuditChain({ ...core, auditWitness: elsewhere });
    expect(found.problems.join()).toMatch(/the signed end of the chain is missing/);
  });

  test("sets the whole database back, lets it grow past where it was, and is found in the end it was known to have", async () => {
    await using server = await withRecords(2);
    const { core } = server;
    const before = await rowsOf(server);
    const head = await core.database.db.selectFrom("audit_head").selectAll().executeTakeFirstOrThrow();
    await writeRecord(server, "unwanted");
    await look(server);
    await core.database.db.deleteFrom("audit_events").execute();
    await core.database.db.insertInto("audit_events").values(before).execute();
    await core.database.db.updateTable("audit_head").set(head).execute();
    const known = /record 3, where the chain ended when .* noted it at .*Z, is not part of it any more/;
    expect(await problemsOf(server)).toMatch(known);
    for (let index = 0; index < 3; index++) await writeRecord(server, `later ${index}`);
    await look(server);
    await look(server);
    // Also in the chain itself, once, for whoever has not this machine's witness.
    expect(await problemsOf(server)).toMatch(known);
    const findings = (await rowsOf(server)).filter(({ action }) => action === "audit.problem_found");
    expect(findings.map(({ details }) => details).join("\n")).toMatch(known);
    expect(findings).toHaveLength(1);
  });

  test("replaces the row of the end", async () => {
    await using server = await withRecords(3);
    const { db } = server.core.database;
    const second = await db.selectFrom("audit_events").selectAll().where("sequence", "=", 2).executeTakeFirstOrThrow();
    await db
      .updateTable("audit_head")
      .set({ sequence: 2, chain_mac: second.chain_mac ?? "" })
      .execute();
    expect(await problemsOf(server)).toMatch(/the signed end of the chain was changed/);
    await writeRecord(server, "more");
    await expect(sealAuditEvents(server.core)).rejects.toThrow(/is not signed with this key/);
    // One of the release before is none either, though nobody would miss a key id.
    await db
      .updateTable("audit_head")
      .set({ signature: "a".repeat(64) })
      .execute();
    expect(await problemsOf(server)).toMatch(/is one of an older release/);
  });

  test("edits personal values, gives them another's, or another customer; erasing them is no error", async () => {
    await using server = await withRecords(0);
    for (const name of ["a", "b", "c", "d"]) await writeRecord(server, name, { email: `${name}@example.com` });
    await look(server);
    const { db } = server.core.database;
    const values = await db.selectFrom("audit_personal_values").selectAll().orderBy("event").execute();
    const [first, second, third, fourth] = values;
    const change = (event: string | undefined, to: object) =>
      db
        .updateTable("audit_personal_values")
        .set(to)
        .where("event", "=", event ?? "")
        .execute();
    await db
      .deleteFrom("audit_personal_values")
      .where("event", "=", fourth?.event ?? "")
      .execute();
    expect(await problemsOf(server)).toBe("");
    await change(first?.event, { personal_values: "{}" });
    expect(await problemsOf(server)).toMatch(/the personal values of record 1 \(evt_.*\) were changed/);
    await change(second?.event, { nonce: third?.nonce, personal_values: third?.personal_values });
    await change(third?.event, { customer: "cust_other" });
    expect(await problemsOf(server)).toMatch(/of record 2 .*\n.*of record 3/);
  });

  test("is found once more after what is known was acknowledged, and the chain goes on", async () => {
    await using server = await withRecords(3);
    const { core } = server;
    await core.database.db.deleteFrom("audit_events").where("sequence", "=", 2).execute();
    await core.database.db.deleteFrom("audit_head").execute();
    const deps = { ...core, witness: core.auditWitness };
    expect(await acknowledgeProblems(deps, cli)).toMatchObject({ hasNewEnd: true });
    await look(server);
    const found = await verifyAuditChain(core);
    expect(found.problems).toEqual([]);
    expect(found.acknowledged).toBeGreaterThan(0);
    await core.database.db.updateTable("audit_events").set({ shop: "x" }).where("sequence", "=", 3).execute();
    expect(await problemsOf(server)).toMatch(/record 3 was changed: record/);
  });
});

describe.each(testEngines)("honest operation of the audit chain on %s", (engine) => {
  const writeRecord = (server: TestServer, db: { transaction: TestServer["core"]["database"]["transaction"] }) =>
    db.transaction((trx) =>
      recordAuditEvent(server.core, trx, cli, { action: "settings.updated", target: { kind: "setting", id: "x" } }),
    );

  test("a crash between a record and its sealing, and one in the middle of a sweep, leave nothing to find", async () => {
    await using server = await startTestServer(engine);
    await server.stop();
    await writeRecord(server, server.core.database);
    // What a process that was killed leaves: a record that is not sealed, noted in a file that was put aside.
    await server.core.auditWitness.sweepWritten(() => Promise.resolve(true));
    expect(await verifyAuditChain(server.core)).toMatchObject({ unsealed: 1, problems: [] });
    const watch = new AuditWatch({ ...server.core, witness: server.core.auditWitness });
    await sealAuditEvents(server.core);
    await watch.look();
    await watch.look();
    expect(await verifyAuditChain(server.core)).toMatchObject({ unsealed: 0, problems: [] });
    expect(await server.core.auditWitness.listWritten()).toEqual([]);
  });

  test("two instances seal in turn, each with a witness of its own", async () => {
    await using server = await startTestServer(engine);
    await server.stop();
    const { core } = server;
    const watches = ["one", "two"].map((name) => {
      const witness = new AuditWitness(core.config.dataDir, core.cipher, name);
      return new AuditWatch({ ...core, witness });
    });
    for (let round = 0; round < 3; round++) {
      for (const watch of watches) {
        await writeRecord(server, core.database);
        await sealAuditEvents(core);
        await watch.look();
      }
    }
    const found = await verifyAuditChain(core);
    expect(found).toMatchObject({ verified: 6, problems: [] });
    expect(found.comparedWith.join()).toMatch(/one noted.*two noted/);
  });

  test("a record that its transaction gave up is not missed", async () => {
    await using server = await startTestServer(engine);
    const failing = server.core.database.transaction(async (trx) => {
      await recordAuditEvent(server.core, trx, cli, {
        action: "settings.updated",
        target: { kind: "setting", id: "x" },
      });
      throw new Error("changed its mind");
    });
    await expect(failing).rejects.toThrow("changed its mind");
    expect((await verifyAuditChain(server.core)).problems).toEqual([]);
  });
});
