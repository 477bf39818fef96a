import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import type { Logger } from "../../platform/log/logger.ts";
import type { Database } from "../../schema.ts";
import { bindMailSecrets } from "../customer-mails/index.ts";
import { bindPasswords } from "../sources/index.ts";
import { bindWebhookSecrets } from "../webhooks/index.ts";

/** Beside the database that says the same: whoever can write to that cannot take this away. */
const WITNESS = "secrets-are-bound";
const WITNESS_TEXT =
  "The stored secrets of this server are bound to where they may go. Remove this file only to take over the database of a release that did not bind them yet.\n";

interface BindDeps {
  readonly database: Pick<Database, "db" | "transaction">;
  readonly cipher: Pick<Cipher, "open" | "seal">;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "error">;
  readonly dataDir: string;
}

/**
 * Every kind of secret that is sent somewhere, each by its own module. Releases before bound none, or not all, so the
 * first start after them seals anew what it finds, with where it goes at that moment; from then on the old form opens
 * nowhere.
 */
const BINDERS = [bindPasswords, bindWebhookSecrets, bindMailSecrets];

/** Binds what is not bound yet, once for a database; at every start, before anything is sent. */
export async function bindStoredSecrets(deps: BindDeps): Promise<void> {
  const witness = join(deps.dataDir, WITNESS);
  const { db } = deps.database;
  const isBound = (await db.selectFrom("secret_bindings").select("id").executeTakeFirst()) !== undefined;
  const isWitnessed = await exists(witness);
  if (isBound && isWitnessed) return;
  if (!isBound && isWitnessed) {
    deps.logger.error(
      { witness },
      "the database does not say any more that its secrets were bound to where they may go: somebody changed it, or it is the one of an older release. Nothing was sealed anew; secrets of the old form are refused. To take over the database of an older release, remove the file and start again",
    );
    return;
  }
  if (!isBound) await bindAll(deps);
  await writeFile(witness, WITNESS_TEXT, { mode: 0o600 });
}

async function bindAll({ database, cipher, clock }: BindDeps): Promise<void> {
  await database.transaction(async (trx) => {
    const row = { id: 1, bound_at: nowSeconds(clock) };
    const inserted = await trx
      .insertInto("secret_bindings")
      .values(row)
      .onConflict((conflict) => conflict.column("id").doNothing())
      .executeTakeFirst();
    // Another process was faster, and has bound all of it.
    if (inserted.numInsertedOrUpdatedRows === 0n) return;
    for (const bind of BINDERS) await bind(cipher, trx);
  });
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    (error: unknown) => !(error instanceof Error && "code" in error && error.code === "ENOENT"),
  );
}
