import type { Clock } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import type { Database } from "../../schema.ts";

/** What everything about users stands on. */
export interface UserDeps {
  database: Pick<Database, "db" | "engine" | "transaction">;
  clock: Clock;
  cipher: Cipher;
}
