import type { Database } from "../../schema.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { MailingDeps } from "../tokens/index.ts";
import type { CustomerBudgets } from "../grants/index.ts";

export interface MoveDeps extends AuditDeps, MailingDeps {
  budgets: CustomerBudgets;
  database: Pick<Database, "db" | "engine" | "transaction">;
}
