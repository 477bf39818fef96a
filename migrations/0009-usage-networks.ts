import type { Kysely } from "kysely";

/** From how many networks a token is used, and batches of counts that were written already. */
export async function up(_db: Kysely<unknown>): Promise<void> {}
