import type { Database } from "../../schema.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { MailingDeps } from "../tokens/index.ts";

export interface MoveDeps extends AuditDeps, MailingDeps {
  database: Pick<Database, "db" | "engine" | "transaction">;
}
