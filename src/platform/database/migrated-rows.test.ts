import { sql } from "kysely";
import { expect, test } from "vitest";
import { migrations } from "../../../migrations/index.ts";
import { runOnce } from "../../modules/idempotency/index.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import { createCipher } from "../crypto/cipher.ts";
import { migrateToLatest } from "./index.ts";

const DAY = 1_799_971_200;
const NOW = 1_800_000_000;
/** Of `{"description":"x"}`, as the release before wrote it. */
const BODY_HASH = "b4ce80166bd657658386b68af3498254ba962db6fb40de906667ecde15c71d34";

function rowsBefore(sealedAnswer: string) {
  const event = (id: string, action: string, details: string) =>
    sql`insert into audit_events (id, occurred_at, actor_kind, action, target_kind, target_id, details)
      values (${id}, ${NOW}, 'system', ${action}, 'credential', 'unknown', ${details})`;
  const refused = (count: number, lastAt: number) =>
    JSON.stringify({ after: { surface: "composer", count, first_at: lastAt, last_at: lastAt } });
  return [
    sql`insert into shops values ('default', 1), ('quiet', 1)`,
    sql`insert into management_tokens (id, name, secret_hash, last_four, scopes, shop, created_by, created_at)
      values ('mgmt_1', 'Shop', 'hash', 'abcd', '["tokens:write"]', 'default', 'cli', 1)`,
    sql`insert into idempotency_keys values ('mgmt_1', 'POST', '/api/tokens', 'order 1', ${BODY_HASH}, 201,
      ${sealedAnswer}, ${NOW - 60}, ${NOW + 86_340})`,
    sql`insert into tokens
      (id, shop, secret_hash, last_four, description, permissions, metadata, access, created_by, created_at, updated_at)
      values ('token_1', 'default', 'h1', 'abcd', 'x', 'readonly', '{}', 'own', 'mgmt_1', 1, 1)`,
    sql`insert into token_usage (token, hour, requests, downloads)
      values ('token_1', ${DAY}, 3, 1), ('token_1', ${DAY + 3600}, 4, 1), ('token_1', ${DAY + 86_400}, 5, 1)`,
    event("evt_1", "credential.refused", refused(7, DAY + 10)),
    event("evt_2", "credential.refused", refused(5, DAY + 90)),
    event("evt_3", "token.created", "{}"),
  ];
}

test.each(testEngines)(
  "what an older release wrote is there after 0003 and 0004: kept answers replay, sums begin with what was counted, on %s",
  async (engine) => {
    const older = Object.entries(migrations).filter(([name]) => name < "0003");
    await using made = await createTestDatabase(engine, Object.fromEntries(older));
    const { db } = made.database;
    const cipher = createCipher(Buffer.alloc(32, 7));
    const answer = { id: "token_1", token: "pbt_secret" };
    const sealed = cipher.seal(JSON.stringify(answer), "idempotency mgmt_1 POST /api/tokens order 1");
    for (const statement of rowsBefore(sealed)) await statement.execute(db);
    expect(await migrateToLatest(db, migrations)).toEqual(Object.keys(migrations).slice(older.length));

    const deps = { database: made.database, cipher, clock: createTestClock() };
    const request = { caller: "mgmt_1", method: "POST", path: "/api/tokens", key: "order 1", query: {} };
    const twice = () => Promise.reject(new Error("was done twice"));
    expect(await runOnce(deps, { ...request, body: { description: "x" } }, twice)).toEqual({
      ...{ status: 201, body: answer, replayed: true },
    });
    const other = runOnce(deps, { ...request, body: { description: "y" } }, twice);
    await expect(other).rejects.toMatchObject({ code: "idempotency.key_reused" });
    expect(await db.selectFrom("usage_days").selectAll().orderBy("day").execute()).toEqual([
      { day: DAY, shop: "default", requests: 7, downloads: 0, installs: 0 },
      { day: DAY + 86_400, shop: "default", requests: 5, downloads: 0, installs: 0 },
    ]);
    expect(await db.selectFrom("refusal_days").selectAll().execute()).toEqual([
      { day: DAY, surface: "composer", problem: "unknown", count: 12, last_at: DAY + 90 },
    ]);
    expect(await db.selectFrom("audit_events").select("id").orderBy("id").execute()).toHaveLength(3);
  },
);
