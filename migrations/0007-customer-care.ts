import type { Kysely } from "kysely";

/** What undoing a customer's revocation and erasing a customer need. */
export async function up(_db: Kysely<unknown>): Promise<void> {}
