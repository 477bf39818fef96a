import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { KeyDemand } from "../../compose-keys.ts";
import { composeServer } from "../../compose-server.ts";
import { openCore } from "../../compose.ts";
import type { Core } from "../../compose.ts";
import { ConfigError } from "../../config.ts";
import { createCipher } from "../../platform/crypto/cipher.ts";
import { KeyRing } from "../../platform/crypto/key-ring.ts";
import { AppError } from "../../platform/errors.ts";
import { storeArchive } from "../../testing/archives.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { readOpenApi } from "../../testing/openapi-document.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { logIn } from "../../testing/users.ts";
import { acknowledgeProblems, sealAuditEvents, verifyAuditChain } from "../audit/index.ts";
import { commandLine } from "../callers/index.ts";
import { addSource } from "../sources/index.ts";
import { forgetKey } from "./index.ts";

/** As an operator keeps it, or does not: in the file beside the database. */
const keyFileOf = ({ config }: Core) => join(config.dataDir, "encryption.key");
const OTHER_KEY = Buffer.alloc(32, 5).toString("base64");

describe("a ring without a key", () => {
  test("seals, opens, signs and checks nothing: whoever would write something unsigned is refused", () => {
    const cipher = createCipher(new KeyRing([]));
    expect(cipher.hasKey).toBe(false);
    const attempts: Record<keyof Omit<typeof cipher, "hasKey">, () => unknown> = {
      keyId: () => cipher.keyId,
      seal: () => cipher.seal("text", "context"),
      open: () => cipher.open("v1.12345678.a.b.c", "context"),
      mac: () => cipher.mac("purpose", "value"),
      macs: () => cipher.macs("purpose", "value"),
      sign: () => cipher.sign("purpose", "value"),
      check: () => cipher.check("purpose", "value", "12345678.00"),
    };
    for (const [name, attempt] of Object.entries(attempts)) {
      expect(attempt, name).toThrow(expect.objectContaining({ code: "server.without_key" }) as AppError);
    }
    expect(() => cipher.check("purpose", "value", "00")).toThrow(AppError);
  });
});

describe.each(testEngines)("a database whose key is lost, on %s", (engine) => {
  /** A server that has stopped, and how a process that starts now opens its database. */
  async function stoppedServer(before: (server: TestServer, shop: string) => Promise<void> = () => Promise.resolve()) {
    const server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    await before(server, shop);
    await sealAuditEvents(server.core);
    await server.stop();
    const { config } = server.core;
    const open = async (demand?: KeyDemand, changed: Partial<Core["config"]> = {}) =>
      await openCore({ ...config, ...changed }, { clock: server.clock, logger: server.core.logger }, demand);
    const refusal = async (demand?: KeyDemand, changed: Partial<Core["config"]> = {}) => {
      const error: unknown = await open(demand, changed).then(
        (core) => core.close(),
        (thrown: unknown) => thrown,
      );
      return error instanceof ConfigError ? error.message : error;
    };
    return Object.assign(server, { shop, open, refusal, file: keyFileOf(server.core) });
  }

  test("is not opened with another key or none, and no other one is made", async () => {
    await using server = await stoppedServer();
    const { file, refusal } = server;
    const key = await readFile(file, "utf8");
    await rm(file);
    expect(await refusal()).toMatch(
      /encryption key of this database \([0-9a-f]{8}\) is missing: bring .*serve --without-key/,
    );
    await expect(readFile(file)).rejects.toThrow("ENOENT");
    const wrong = { encryptionKey: Buffer.alloc(32, 5) };
    expect(await refusal("right", wrong)).toMatch(/^ENCRYPTION_KEY holds another encryption key \([0-9a-f]{8}\) than/);
    await writeFile(file, OTHER_KEY);
    expect(await refusal()).toMatch(/encryption\.key holds another encryption key/);
    await writeFile(file, "cut");
    expect(await refusal()).toContain("does not hold 32 bytes");
    // Nothing was written with it.
    await writeFile(file, key);
    const core = await server.open();
    expect((await verifyAuditChain(core)).problems).toEqual([]);
    await core.close();
    // It was in use before, and another one is now: that is a rotation.
    const retiredKeys = [Buffer.from(key.trim(), "base64")];
    const rotated = await server.open("right", { ...wrong, retiredKeys });
    await sealAuditEvents(rotated);
    expect((await verifyAuditChain(rotated)).problems).toEqual([]);
    await rotated.close();
  });

  test("is opened with its key although somebody has changed the signed end, which `audit verify` says", async () => {
    await using server = await stoppedServer();
    const { db } = server.core.database;
    for (const signature of ["12345678.00", "00"]) {
      await db.updateTable("audit_head").set({ signature }).execute();
      const core = await server.open();
      expect((await verifyAuditChain(core)).problems).not.toEqual([]);
      await core.close();
    }
    await db.deleteFrom("audit_head").execute();
    await rename(server.file, `${server.file}.lost`);
    expect(await server.refusal()).toContain("is missing");
    await writeFile(server.file, OTHER_KEY);
    expect(await server.refusal()).toContain("holds another encryption key");
  });

  test("goes on with another key once somebody says so", async () => {
    await using server = await stoppedServer();
    await writeFile(server.file, OTHER_KEY);
    const core = await server.open("any");
    await acknowledgeProblems({ ...core, witness: core.auditWitness }, commandLine.actor);
    await core.close();
    const next = await server.open();
    await sealAuditEvents(next);
    const known = await verifyAuditChain(next);
    expect([known.problems, known.acknowledged > 0]).toEqual([[], true]);
    // However many records there are, none of them is a problem any more; what comes after them is looked at.
    await forgetKey(next, server.file, server.core.cipher.keyId);
    expect(await verifyAuditChain(next)).toMatchObject({ problems: [] });
    await next.database.db
      .updateTable("audit_events")
      .set({ details: "{}" })
      .where("action", "=", "key.forgotten")
      .execute();
    expect((await verifyAuditChain(next)).problems).not.toEqual([]);
    await next.close();
  });

  test("is served without one only where it is lost", async () => {
    await using server = await stoppedServer();
    expect(await server.refusal("none")).toMatch(/is here \(.*encryption\.key\): start without --without-key/);
    await using empty = await createTestDatabase(engine);
    const place =
      "databaseUrl" in empty.location
        ? { databaseUrl: empty.location.databaseUrl }
        : { dataDir: empty.location.dataDir };
    expect(await server.refusal("none", place)).toContain("nothing was ever written to this one");
  });

  /** Everything that is signed, sealed or sent. */
  async function writtenIn({ database: { db } }: Core) {
    return {
      records: await db.selectFrom("audit_events").selectAll().orderBy("id").execute(),
      head: await db.selectFrom("audit_head").selectAll().execute(),
      sources: await db.selectFrom("sources").selectAll().execute(),
      refusals: await db.selectFrom("refusal_days").selectAll().execute(),
    };
  }

  interface Operation {
    summary: string;
  }
  const REFERENCE = "1".repeat(40);

  test("answers composer, shows what is stored, and refuses every operation that changes something by its name", async () => {
    const known = { token: "", cookie: "" };
    await using server = await stoppedServer(async (running, shop) => {
      const id = await hostPackage(running.core.database, "acme/core", [{ version: "1.0.0", reference: REFERENCE }]);
      await storeArchive(running, id, REFERENCE, Buffer.from("an archive"));
      const url = "https://git.example.com/a.git";
      await addSource(running.core, commandLine, { url, username: "ci", password: "ghp_secret", filters: ["acme/*"] });
      known.cookie = (await logIn(running, { role: "owner" })).cookie;
      known.token = (await sellToken(running, shop)).token;
    });
    const { token, cookie } = known;
    const before = await writtenIn(server.core);
    await rename(server.file, `${server.file}.lost`);
    server.logLines.length = 0;
    const core = await server.open("none");
    const application = await composeServer(core);
    const running = await application.start();
    try {
      // As an installation does, and one whose token is not good.
      for (const path of ["/packages.json", "/p2/acme/core.json", `/dist/acme/core/${REFERENCE}.zip`]) {
        expect((await server.composer(path, token)).status, path).toBe(200);
        expect((await server.composer(path, `${token}x`)).status, path).toBe(401);
      }
      for (const path of ["/list.json", "/search.json?q=core"]) {
        expect((await server.composer(path, token)).status, path).toBe(200);
      }
      const authorization = `Basic ${Buffer.from(`token:${token}`).toString("base64")}`;
      const downloads = [{ name: "acme/core", version: "1.0.0.0" }];
      const told = await server.api("POST", "/notify", undefined, { downloads }, { authorization });
      expect(told.status).toBe(200);

      expect((await server.api("GET", "/ready", undefined)).json()).toEqual({ status: "without_key" });
      expect((await server.api("GET", "/health", undefined)).status).toBe(200);
      const session = await server.api("GET", "/api/session", undefined, undefined, { cookie });
      expect(session.json()).toMatchObject({ user: { role: "owner" }, without_key: true, csrf_token: "" });
      expect((await server.api("GET", "/api/session", undefined)).json()).toMatchObject({ without_key: true });
      expect((await server.api("GET", "/api/tokens", server.shop)).json()).toHaveLength(1);

      const { paths } = await readOpenApi<{ paths: Record<string, Record<string, Operation>> }>(server);
      for (const [template, operations] of Object.entries(paths)) {
        for (const [name, { summary }] of Object.entries(operations)) {
          const method = name.toUpperCase();
          const path = template.replaceAll(/\{\w+\}/g, "x");
          const answer = await server.api(method, path, undefined, method === "GET" ? undefined : {}, { cookie });
          const isRefused = answer.status === 503;
          expect(isRefused ? answer.json() : answer.status, `${method} ${path}`).toEqual(
            isRefused || method !== "GET"
              ? expect.objectContaining({ code: "server.without_key" })
              : expect.toSatisfy((status: number) => status < 500),
          );
          if (method !== "GET") expect(answer.text).toContain(JSON.stringify(`"${summary}" (${method} `).slice(1, -1));
        }
      }
    } finally {
      await running.close(1_000);
    }
    expect(await writtenIn(core)).toEqual(before);
    const used = await core.database.db.selectFrom("token_usage").select("requests").execute();
    expect(used.map(({ requests }) => requests)).toEqual([5]);
    expect(await core.database.db.selectFrom("token_networks").selectAll().execute()).toHaveLength(0);
    expect(server.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    await core.close();

    await rename(`${server.file}.lost`, server.file);
    const back = await server.open();
    expect((await verifyAuditChain(back)).problems).toEqual([]);
    await back.close();
  });
});
