import { sql } from "kysely";
import type { Db } from "../../schema.ts";
import type { Actor } from "../audit/index.ts";

const SETUP_SECONDS = 3600;

/** Who did it, as its colleagues know it. */
export async function findActorName(db: Db, { kind, id }: Actor): Promise<string> {
  if (kind === "user") {
    const user = await db
      .selectFrom("users")
      .select(["name", "email"])
      .where("id", "=", id ?? "")
      .executeTakeFirst();
    return user === undefined ? "a user" : `${user.name} (${user.email ?? "removed"})`;
  }
  if (kind !== "management_token") return "the command line of the server";
  const token = await db
    .selectFrom("management_tokens")
    .select("name")
    .where("id", "=", id ?? "")
    .executeTakeFirst();
  return `the management token “${token?.name ?? ""}”`;
}

/** While the only user is an hour old at most and makes the first management token. */
export async function isFirstSetup(db: Db, now: number): Promise<boolean> {
  const users = await db
    .selectFrom("users")
    .select([sql<number>`count(*)`.as("count"), sql<number>`coalesce(min(created_at), 0)`.as("first")])
    .executeTakeFirstOrThrow();
  if (users.count !== 1 || users.first <= now - SETUP_SECONDS) return false;
  const tokens = await db
    .selectFrom("management_tokens")
    .select(sql<number>`count(*)`.as("count"))
    .executeTakeFirstOrThrow();
  return tokens.count <= 1;
}
