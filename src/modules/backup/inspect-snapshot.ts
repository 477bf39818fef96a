import { sql } from "kysely";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { DecryptionError } from "../../platform/crypto/cipher.ts";
import { messageOf } from "../../platform/errors.ts";
import type { Database } from "../../schema.ts";
import { openPassword } from "../sources/index.ts";
import type { PasswordPlace } from "../sources/index.ts";
import { BackupError } from "./backup-format.ts";

/** What the encryption key at hand makes of the passwords in a snapshot. */
export type KeyCheck = "no_key" | "opens_all" | "other_key" | "nothing_to_open";

export interface SnapshotFacts {
  readonly sources: number;
  readonly packages: number;
  readonly key: KeyCheck;
}

/** Makes sure that the database is sound and that this version of the program can use it. */
export async function inspectSnapshot(
  database: Pick<Database, "db">,
  knownMigrations: readonly string[],
  cipher: Pick<Cipher, "open"> | undefined,
): Promise<SnapshotFacts> {
  const { db } = database;
  try {
    const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check(1)`.execute(db);
    const verdict = rows[0]?.integrity_check;
    if (verdict !== "ok") throw new Error(verdict ?? "no answer");
  } catch (cause) {
    throw new BackupError(`its database is damaged: ${messageOf(cause)}`, { cause });
  }
  const { rows: applied } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  const unknown = applied.find(({ name }) => !knownMigrations.includes(name));
  if (unknown !== undefined) {
    throw new BackupError(`it was made by a newer PACKAGE.broker (it has the schema ${unknown.name}): upgrade first`);
  }
  const sources = await db
    .selectFrom("sources")
    .select(["id", "url", "username", "sealed_password"])
    .where("removed_at", "is", null)
    .execute();
  const { packages } = await db
    .selectFrom("packages")
    .select((e) => e.fn.countAll<number>().as("packages"))
    .executeTakeFirstOrThrow();
  return { sources: sources.length, packages, key: checkKey(sources, cipher) };
}

/**
 * Logs everybody out and ends every link: a backup is older than what was ended since, and a session or a link that
 * comes back with it is one that somebody had closed on purpose.
 */
export async function endLogins({ db }: Pick<Database, "db">): Promise<void> {
  const tables = new Set((await db.introspection.getTables()).map(({ name }) => name));
  for (const table of ["sessions", "one_time_links"] as const) {
    // An older schema knows no users.
    if (tables.has(table)) await db.deleteFrom(table).execute();
  }
}

function checkKey(
  sources: readonly (PasswordPlace & { sealed_password: string | null })[],
  cipher: Pick<Cipher, "open"> | undefined,
): KeyCheck {
  const sealed = sources.flatMap(({ sealed_password, ...place }) =>
    sealed_password === null ? [] : [{ ...place, sealed_password }],
  );
  if (cipher === undefined) return "no_key";
  if (sealed.length === 0) return "nothing_to_open";
  try {
    for (const source of sealed) openPassword(cipher, source);
    return "opens_all";
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
    // By the right key, but for another place, or by a release that bound it to none.
    return error.problem === "changed" ? "opens_all" : "other_key";
  }
}
