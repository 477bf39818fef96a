import { readFile, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openCore } from "../../compose.ts";
import type { Core } from "../../compose.ts";
import { createCipher } from "../../platform/crypto/cipher.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { macOf } from "../audit/audit-chain.ts";
import { sealAuditEvents, verifyAuditChain } from "../audit/index.ts";
import { commandLine } from "../callers/index.ts";
import { addSource } from "../sources/index.ts";
import { countByKey, finishRotation, forgetKey, makeNextKey, takeNextKey, verifySealed } from "./index.ts";
import { SEALED_COLUMNS } from "./sealed-columns.ts";

/** Who seals; each has its columns in the registry. */
const SEALING_FILES = [
  "account/totp.ts",
  "customer-mails/mail-secret.ts",
  "idempotency/kept-values.ts",
  "idempotency/run-once.ts",
  "keys/rotate-key.ts",
  "sources/source-password.ts",
  "webhooks/webhook-secrets.ts",
];

test("whoever seals is known to the rotation: no module has a use of its own", async () => {
  const modules = join(import.meta.dirname, "..");
  const files = (await readdir(modules, { recursive: true })).filter((name) => /(?<!\.test)\.ts$/.test(name));
  const sealing: string[] = [];
  for (const name of files) {
    if ((await readFile(join(modules, name), "utf8")).includes("cipher.seal(")) sealing.push(name);
  }
  expect(sealing.sort()).toEqual(SEALING_FILES);
});

test("every column of the schema that holds sealed text is sealed anew by a rotation", async () => {
  await using made = await createTestDatabase("sqlite");
  const tables = await made.database.db.introspection.getTables();
  const columns = tables.flatMap((table) => table.columns.map((column) => `${table.name}.${column.name}`));
  const sealed = columns.filter((name) => name.includes(".sealed_") && !name.endsWith("_at"));
  expect(SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`).sort()).toEqual(sealed.sort());
});

describe.each(testEngines)("a rotation of the encryption key on %s", (engine) => {
  const KEY = { "Idempotency-Key": "order 1" };

  async function withSecrets(): Promise<TestServer & { shop: string; sale: () => Promise<string> }> {
    const server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const sale = async () => (await server.api("POST", "/api/tokens", shop, { description: "x" }, KEY)).text;
    await sale();
    await addSource(server.core, commandLine, {
      url: "https://git.example.com/a.git",
      username: "ci",
      password: "ghp_secret",
      filters: ["acme/*"],
    });
    await sealAuditEvents(server.core);
    return Object.assign(server, { shop, sale });
  }

  const fileOf = ({ keys }: Core) => ("file" in keys.place ? keys.place.file : "");

  /** What a process that is started now finds. */
  async function expectWhole(server: TestServer, label: string): Promise<void> {
    const core = await openCore(server.core.config, { clock: server.clock });
    try {
      const { opened, problems } = await verifySealed(core.database.db, core.cipher);
      expect([opened, problems], label).toEqual([2, []]);
      await sealAuditEvents(core);
      expect((await verifyAuditChain(core)).problems, label).toEqual([]);
    } finally {
      await core.close();
    }
  }

  test("can be cut off after any step, and is gone on with; the server answers all the while", async () => {
    await using server = await withSecrets();
    const { core } = server;
    const before = core.cipher.keyId;
    const first = await server.sale();
    await makeNextKey(fileOf(core));
    await expectWhole(server, "after the key was made");
    await makeNextKey(fileOf(core));
    await core.keys.reload();
    expect(await server.sale()).toBe(first);
    expect(core.cipher.keyId).toBe(before);
    await takeNextKey(fileOf(core), server.clock);
    await takeNextKey(fileOf(core), server.clock);
    // This server has not learned of it yet, and another process writes already.
    await expectWhole(server, "after it was taken into use");
    expect(await server.sale()).toBe(first);
    await core.keys.reload();
    expect(core.cipher.keyId).not.toBe(before);
    const rotation = await finishRotation(core);
    expect(rotation).toEqual({ resealed: 2, problems: [] });
    await expectWhole(server, "after everything was sealed anew");
    expect(await finishRotation(core)).toEqual({ resealed: 0, problems: [] });
    expect(await server.sale()).toBe(first);
    const uses = await countByKey(core.database.db, [before, core.cipher.keyId]);
    expect([uses.get(before)?.sealed, uses.get(core.cipher.keyId)?.sealed]).toEqual([0, 2]);
    const records = core.database.db.selectFrom("audit_events").select("details").where("action", "=", "key.rotated");
    expect((await records.execute()).map(({ details }) => JSON.parse(details) as unknown)).toEqual([
      { before: { key: before }, after: { key: core.cipher.keyId } },
    ]);
  });

  test("takes the retired key, which somebody may have, the power to sign records", async () => {
    await using server = await withSecrets();
    const { core } = server;
    await makeNextKey(fileOf(core));
    const stolen = createCipher(core.keys.ring.current.master);
    await takeNextKey(fileOf(core), server.clock);
    await core.keys.reload();
    await finishRotation(core);
    const { db } = core.database;
    const [template] = await db.selectFrom("audit_events").selectAll().execute();
    if (template === undefined) throw new Error("there is a record");
    const fresh = { sequence: null, chain_mac: null, chain_key: null, sealed_at: null };
    const forged = { ...template, ...fresh, id: "evt_forged" };
    server.clock.advanceSeconds(601);
    await db
      .insertInto("audit_events")
      .values({ ...forged, mac: macOf(stolen, forged) })
      .execute();
    await sealAuditEvents(core);
    const found = await verifyAuditChain(core);
    expect(found.problems.join("\n")).toMatch(/evt_forged .* was signed with a key that was retired before/);
  });

  test("is no beginning: a key that is missing is told, and no other one is made in its place", async () => {
    await using server = await withSecrets();
    const { core } = server;
    const file = fileOf(core);
    await rename(file, `${file}.away`);
    await expect(openCore(core.config, { clock: server.clock })).rejects.toThrow(
      /the encryption key .* is missing: bring/,
    );
    await expect(stat(file)).rejects.toThrow(/ENOENT/);
    await rename(`${file}.away`, file);
    await expectWhole(server, "with the key again");
  });

  test("leaves what nobody can open, and names it", async () => {
    await using server = await withSecrets();
    const { core } = server;
    await core.database.db.updateTable("sources").set({ username: "other" }).execute();
    await makeNextKey(fileOf(core));
    await takeNextKey(fileOf(core), server.clock);
    await core.keys.reload();
    const { resealed, problems } = await finishRotation(core);
    expect([resealed, problems.map(({ place }) => place)]).toEqual([
      1,
      [expect.stringMatching(/^sources.sealed_password of src_/)],
    ]);
  });

  test("ends with the retired key forgotten: what it signed is not checked any more, and all else is", async () => {
    await using server = await withSecrets();
    const { core } = server;
    const before = core.cipher.keyId;
    await makeNextKey(fileOf(core));
    await takeNextKey(fileOf(core), server.clock);
    await core.keys.reload();
    await finishRotation(core);
    await forgetKey(core, fileOf(core), before);
    await core.keys.reload();
    expect(core.keys.ring.find(before)).toBeUndefined();
    await expectWhole(server, "after the key was forgotten");
    const { db } = core.database;
    await db.updateTable("audit_events").set({ shop: "x" }).where("action", "=", "key.rotated").execute();
    expect((await verifyAuditChain(core)).problems.join()).toMatch(/key.rotated\) does not fit its MAC/);
  });
});
