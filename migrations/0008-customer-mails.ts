import type { Kysely } from "kysely";

/** Mails to customers, kept until a mail server took them. */
export async function up(_db: Kysely<unknown>): Promise<void> {}
