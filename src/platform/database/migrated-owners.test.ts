import { sql } from "kysely";
import { expect, test } from "vitest";
import { migrations } from "../../../migrations/index.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import { migrateToLatest } from "./index.ts";

test.each(testEngines)("a ref that waits for a name is known to wait for it after 0022, on %s", async (engine) => {
  const older = Object.entries(migrations).filter(([name]) => name < "0022");
  await using made = await createTestDatabase(engine, Object.fromEntries(older));
  const { db } = made.database;
  const ref = (name: string, reason: string | null) =>
    sql`insert into source_refs (source, ref, object_id, commit_id, skipped_reason, seen_at)
      values ('src_2', ${name}, 'a', 'a', ${reason}, 1)`.execute(db);
  await sql`insert into sources (id, type, url, name, filters, state, created_at, next_sync_at)
    values ('src_2', 'git', 'https://git.invalid/a.git', 'a', '[]', 'active', 1, 1)`.execute(db);
  await ref("refs/heads/main", "the package belongs to another source: src_1");
  await ref("refs/heads/other", "it has no composer.json");
  await ref("refs/tags/1.0", null);
  await migrateToLatest(db, migrations);
  const rows = await db.selectFrom("source_refs").select(["ref", "owned_by"]).orderBy("ref").execute();
  expect(rows.map(({ owned_by }) => owned_by)).toEqual(["src_1", null, null]);
});
