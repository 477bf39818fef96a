import type { Command } from "commander";
import { listAuditEvents, verifyAuditChain } from "../modules/audit/index.ts";
import type { AuditRecord } from "../modules/audit/index.ts";
import type { Core } from "../compose.ts";
import { CommandError, withCore } from "./command-context.ts";
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
  command
    .command("verify")
    .description("Check that no record was edited, removed, reordered or cut off; exit code 1 when one was")
    .option("--expect <head>", "an end of the chain printed earlier and kept elsewhere: it must still be in it")
    .action((options: { expect?: string }) => withCore(context, (core) => verify(context, core, options.expect)));
}

async function verify(context: CommandContext, core: Core, expectedHead: string | undefined): Promise<void> {
  if (expectedHead !== undefined && !/^(0|\d+:[0-9a-f]{64})$/.test(expectedHead)) {
    throw new CommandError(
      `--expect ${expectedHead.slice(0, 100)} is not an end of the chain as \`audit verify\` prints it`,
    );
  }
  const { verified, unsealed, head, problems } = await verifyAuditChain(core, expectedHead);
  for (const problem of problems) context.say(`error: ${problem}`);
  if (problems.length > 0) context.exitCode = 1;
  const waiting = unsealed === 0 ? "" : `, ${unsealed} not sealed yet`;
  context.say(`${problems.length === 0 ? "Verified" : "Looked at"} ${verified} records${waiting}. The chain ends at:`);
  context.out(head);
}

function presentRecords(records: AuditRecord[]): string {
  if (records.length === 0) return "No audit records match.";
  const rows = records.map((record) => [
    ...[when(record.occurred_at), record.action, record.target.id],
    ...[record.actor.id ?? record.actor.kind, record.shop ?? "-", record.request_id ?? "-"],
  ]);
  return table(["WHEN (UTC)", "ACTION", "TARGET", "BY", "SHOP", "REQUEST"], rows);
}
