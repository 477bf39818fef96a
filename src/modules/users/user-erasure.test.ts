import { sql } from "kysely";
import { expect, test } from "vitest";
import type { Database } from "../../schema.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { createTestUser, logIn, sessionOf } from "../../testing/users.ts";

/** Every row of every table, as text, but for the table that is there to be erased from. */
async function everythingElse(database: Database): Promise<Record<string, string>> {
  const tables = (await database.db.introspection.getTables()).map(({ name }) => name);
  expect(tables).toEqual(expect.arrayContaining(["users", "sessions", "login_failures", "one_time_links"]));
  const texts: Record<string, string> = {};
  for (const table of tables.filter((name) => name !== "audit_personal_values")) {
    const { rows } = await sql`select * from ${sql.table(table)}`.execute(database.db);
    texts[table] = JSON.stringify(rows);
  }
  return texts;
}

// A column that is added later and keeps a name or an address has to be erased as well: this finds it.
test.each(testEngines)("nothing in any table names a user any more once they are removed, on %s", async (engine) => {
  await using server = await startTestServer(engine);
  const { database } = server.core;
  const owner = await logIn(server, { role: "owner" });
  const jane = await createTestUser(server, { role: "admin", email: "jane@example.com", name: "Jane Roe" });
  const browser = { "user-agent": "Janes Browser" };
  const logInAs = (password: string) =>
    server.api("POST", "/api/session", undefined, { email: jane.email, password }, browser);
  expect((await logInAs(jane.password)).status).toBe(200);
  const session = sessionOf(server, await logInAs(jane.password));
  await session.api("PATCH", "/api/account", { name: "Jane R. Roe" });
  await session.api("POST", "/api/account/totp", { current_password: jane.password });
  expect((await logInAs("wrong wrong wrong")).status).toBe(401);
  expect((await owner.api("POST", `/api/users/${jane.id}/password-reset`)).status).toBe(201);
  const before = await everythingElse(database);
  expect(before["sessions"]).toContain("Janes Browser");
  expect(before["login_failures"]).toContain("account:");
  expect(before["one_time_links"]).toContain(jane.id);

  expect((await owner.api("DELETE", `/api/users/${jane.id}`)).status).toBe(200);
  const after = await everythingElse(database);
  for (const [table, text] of Object.entries(after)) expect(text, table).not.toMatch(/jane/i);
  for (const table of ["sessions", "one_time_links", "user_recovery_codes"]) {
    expect(after[table], table).not.toContain(jane.id);
  }
  // Of whom a failed attempt was, is told by no key; and where from is forgotten within two days.
  expect(after["login_failures"]).not.toContain("account:");
  expect(after["users"]).toContain(jane.id);
});
