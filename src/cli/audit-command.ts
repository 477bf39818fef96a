import type { Command } from "commander";
import { listAuditEvents } from "../modules/audit/index.ts";
import type { AuditRecord } from "../modules/audit/index.ts";
import { withCore } from "./command-context.ts";
import type { CommandContext } from "./command-context.ts";
import { readLimit } from "./options.ts";
import { json, table, when } from "./output.ts";

interface ListOptions {
  target?: string;
  action?: string;
  limit: string;
  json?: true;
}

export function addAuditCommand(program: Command, context: CommandContext): void {
  const command = program.command("audit").description("Who changed what, and when");
  command
    .command("list")
    .description("List audit records, newest first")
    .option("--target <id>", "of this token, management token or source")
    .option("--action <action>", "only token.created, token.updated, token.revoked, management_token.created, …")
    .option("--limit <n>", "at most so many", "50")
    .option("--json", "for programs; with what was before and after")
    .action((options: ListOptions) =>
      withCore(context, async (core) => {
        const { target, action } = options;
        const records = await listAuditEvents(
          { db: core.database.db },
          { target, action, limit: readLimit(options.limit) },
        );
        context.out(options.json === true ? json(records) : presentRecords(records));
      }),
    );
}

function presentRecords(records: AuditRecord[]): string {
  if (records.length === 0) return "No audit records match.";
  const rows = records.map((record) => [
    ...[when(record.occurred_at), record.action, record.target.id],
    ...[record.actor.id ?? record.actor.kind, record.shop ?? "-", record.request_id ?? "-"],
  ]);
  return table(["WHEN (UTC)", "ACTION", "TARGET", "BY", "SHOP", "REQUEST"], rows);
}
