import { describe, expect, test } from "vitest";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { grantShop } from "../../testing/grant-lines.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { SCOPES, commandLine } from "../callers/index.ts";
import { findCustomer } from "../customers/index.ts";
import {
  cancelLinesOfOrder,
  mayUndoCancellations,
  prepareLineSale,
  restoreLinesOfOrder,
  resumeLinesOfCustomer,
  resumeLinesOfOrder,
  sellLine,
  suspendLinesOfCustomer,
  suspendLinesOfOrder,
} from "./index.ts";
import { createRequirements } from "../requirements/index.ts";

const NOW = 1_800_000_000;
const ALL = { scopes: [...SCOPES] };
const within = (...packageBound: string[]) => ({ ...commandLine, packageBound });

/** A customer with one line, and those who may sell everything or a part of it. */
async function open(engine: TestEngine) {
  const server = await startTestServer(engine);
  const { database } = server.core;
  const wide = grantShop(server, await server.createManagementToken(ALL));
  const bounded = grantShop(server, await server.createManagementToken({ ...ALL, prefixes: ["acme/"] }));
  await wide.put("1", { package: "acme/core", occurred_at: NOW - 50 });
  const customer = await findCustomer(database.db, "default", "42");
  if (customer === undefined) throw new Error("no customer");
  const work = async <T>(task: (trx: Db, changed: RecordChange) => Promise<T>) => await database.transaction(task);
  const place = { customer: customer.id, orderId: "order" };
  const held = async () => {
    const rows = await database.db.selectFrom("grants").selectAll().orderBy("line").execute();
    return rows.map(({ line, revoked_at, suspended_at }) => [line, revoked_at !== null, suspended_at !== null]);
  };
  return { server, wide, bounded, customer, place, work, held };
}

describe.each(testEngines)("what other modules do with the lines of an order on %s", (engine) => {
  test("a revocation of the order is undone, and nothing that ended otherwise; what comes late is ended meanwhile", async () => {
    const { server: opened, wide, customer, work, place } = await open(engine);
    await using server = opened;
    await wide.put("2", { package: "acme/tool", occurred_at: NOW - 50 });
    await wide.put("3", { package: "acme/more", occurred_at: NOW - 50 });
    await wide.cancel("2");
    const asked = { kind: "revoke" as const, occurredAt: null, reason: "refunded" };
    const cancelled = await work((trx, changed) =>
      cancelLinesOfOrder(server.core, trx, changed, commandLine, customer, "order", asked),
    );
    expect(cancelled.ended).toBe(2);
    expect(cancelled.lines.map(({ line, standing }) => [line, standing.kind])).toEqual([
      ...[
        ["1", "revoked"],
        ["2", "revoked"],
        ["3", "revoked"],
      ],
    ]);
    const before = JSON.parse(JSON.stringify(cancelled.before)) as typeof cancelled.before;
    expect(await wide.put("4", { package: "acme/late", occurred_at: NOW - 9 })).toMatchObject({ applied: false });
    server.clock.advanceSeconds(5);
    expect(await wide.put("3", { package: "acme/again" })).toMatchObject({ applied: true, status: "active" });
    const audited = await server.core.database.db.selectFrom("audit_personal_values").selectAll().execute();
    expect(audited.filter((row) => row.personal_values.includes('"reason":"refunded"'))).toHaveLength(3);

    const restored = await work((trx, changed) =>
      restoreLinesOfOrder(server.core, trx, changed, customer.id, "order", before, NOW + 5),
    );
    expect(restored).toBe(2);
    const statuses = async () => {
      const lines = await Promise.all(["1", "2", "3", "4"].map(async (line) => await wide.get(line)));
      return lines.map(({ status, packages }) => `${status} ${packages.join()}`);
    };
    expect(await statuses()).toEqual([
      "active acme/core",
      "revoked acme/tool",
      "active acme/again",
      "active acme/late",
    ]);
    const again = await work((trx, changed) =>
      restoreLinesOfOrder(server.core, trx, changed, customer.id, "order", before, NOW + 5),
    );
    expect([again, await statuses()]).toEqual([0, await statuses()]);
    expect(await work((trx) => mayUndoCancellations(trx, within("acme/"), place, before))).toBe(true);
  });

  test("nobody with a bound undoes what somebody cancelled who could cancel more", async () => {
    const { server: opened, customer, work, place } = await open(engine);
    await using server = opened;
    const asked = { kind: "revoke" as const, occurredAt: null };
    const cancel = async (caller: typeof commandLine) =>
      await work((trx, changed) => cancelLinesOfOrder(server.core, trx, changed, caller, customer, "order", asked));
    const first = await cancel(within("acme/"));
    const may = async (caller: typeof commandLine) =>
      await work((trx) => mayUndoCancellations(trx, caller, place, first.before));
    expect([await may(commandLine), await may(within("acme/")), await may(within("acme/core"))]).toEqual([
      ...[true, true, false],
    ]);
    await cancel(commandLine);
    expect([await may(commandLine), await may(within("acme/"))]).toEqual([true, false]);
  });

  test("a suspension of an order, of its customer or of both holds for what is sold later, and moves no date", async () => {
    const { server: opened, wide, work, place, held } = await open(engine);
    await using _server = opened;
    await wide.put("2", { package: "acme/tool", expires_at: NOW + 99, occurred_at: NOW - 50 });
    const suspend = await work((trx, changed) => suspendLinesOfOrder(trx, changed, commandLine, place, NOW));
    const again = await work((trx, changed) => suspendLinesOfOrder(trx, changed, commandLine, place, NOW));
    expect([suspend, again]).toEqual([2, 0]);
    await wide.put("2", { package: "acme/tool", expires_at: NOW + 500 });
    await wide.put("3", { package: "acme/new" });
    expect(await held()).toEqual(["1", "2", "3"].map((line) => [line, false, true]));
    expect(await wide.get("2")).toMatchObject({ status: "suspended", suspended_at: NOW, expires_at: NOW + 500 });
    await work((trx, changed) => suspendLinesOfCustomer(trx, changed, commandLine, place.customer, NOW + 1));
    await work((trx, changed) => resumeLinesOfOrder(trx, changed, commandLine, place, NOW + 2));
    // The customer is suspended still.
    expect(await wide.get("2")).toMatchObject({ status: "suspended", suspended_at: NOW + 1 });
    await wide.cancel("1");
    await work((trx, changed) => suspendLinesOfOrder(trx, changed, commandLine, place, NOW + 3));
    const resumed = await work((trx, changed) =>
      resumeLinesOfCustomer(trx, changed, commandLine, place.customer, NOW + 4),
    );
    expect(resumed).toBe(0);
    const both = await work((trx, changed) => resumeLinesOfOrder(trx, changed, commandLine, place, NOW + 5));
    expect(both).toBe(2);
    expect(await wide.get("1")).toMatchObject({ status: "revoked" });
    expect(await wide.get("2")).toMatchObject({ status: "active", suspended_at: null });
  });

  test("a suspension by somebody with a bound holds within it, and is not taken back by a narrower one", async () => {
    const { server: opened, wide, bounded, work, place, held } = await open(engine);
    await using _server = opened;
    await wide.put("2", { packages: ["acme/tool", "globex/x"] });
    await bounded.put("3", { package: "acme/mine" });
    const count = await work((trx, changed) => suspendLinesOfOrder(trx, changed, within("acme/"), place, NOW));
    expect(count).toBe(2);
    const suspended = async () => (await held()).filter(([, , is]) => is === true).map(([line]) => line);
    expect(await suspended()).toEqual(["1", "3"]);
    const resume = async (caller: typeof commandLine) =>
      await work((trx, changed) => resumeLinesOfOrder(trx, changed, caller, place, NOW));
    expect(await resume(within("acme/core"))).toBe(0);
    expect(await resume(commandLine)).toBe(2);
    expect(await suspended()).toEqual([]);
  });

  test("a sale within somebody's transaction is what PUT makes of it, and is gone with the transaction", async () => {
    const { server: opened, wide, customer, work } = await open(engine);
    await using server = opened;
    const terms = {
      ...{ patterns: ["acme/tool"], constraint: null, stability: null, updatesUntil: null },
      ...{ startsAt: null, expiresAt: NOW + 99, graceDays: 3, withDependencies: false },
    };
    await hostPackage(server.core.database, "acme/tool", ["1.0.0"]);
    const requirements = createRequirements(server.core.database);
    const sale = await prepareLineSale({ requirements, database: server.core.database }, commandLine, terms, NOW - 5);
    const sell = async (fails: boolean) =>
      await work(async (trx, changed) => {
        const place = { orderId: "order", line: "7" };
        const sold = await sellLine(server.core, trx, changed, commandLine, customer, place, sale);
        if (fails) throw new Error("changed its mind");
        return sold;
      });
    await expect(sell(true)).rejects.toThrow("changed its mind");
    await expect(wide.get("7")).rejects.toThrow("404");
    expect(await sell(false)).toMatchObject({ created: true, applied: true, reason: null, warnings: [] });
    expect(await sell(false)).toMatchObject({ created: false, applied: true, reason: null });
    const { status, occurred_at, expires_at } = await wide.get("7");
    expect([status, occurred_at, expires_at]).toEqual(["active", NOW - 5, NOW + 99]);
  });
});
