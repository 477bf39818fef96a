import type { Command } from "commander";
import { acknowledgeProblems, listAuditEvents, verifyAuditChain } from "../modules/audit/index.ts";
import type { AuditRecord } from "../modules/audit/index.ts";
import { commandLine } from "../modules/callers/index.ts";
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
    .description("Check that no record was added, edited, removed, reordered or cut off; exit code 1 when one was")
    .option("--expect <head>", "an end of the chain printed earlier and kept elsewhere: it must still be in it")
    .action((options: { expect?: string }) => withCore(context, (core) => verify(context, core, options.expect)));
  command
    .command("acknowledge")
    .description("Say that what `audit verify` finds is known: recorded, told no more, and the chain goes on from here")
    .option("--yes", "really; without it, only what would be acknowledged is printed")
    // With another key than the one the chain was written with, which is lost: this is how it goes on.
    .action((options: { yes?: true }) =>
      withCore(context, (core) => acknowledge(context, core, options.yes === true), "any"),
    );
}

async function verify(context: CommandContext, core: Core, expectedHead: string | undefined): Promise<void> {
  if (expectedHead !== undefined && !/^(0|\d+:[0-9a-f]{64})$/.test(expectedHead)) {
    throw new CommandError(
      `--expect ${expectedHead.slice(0, 100)} is not an end of the chain as \`audit verify\` prints it`,
    );
  }
  const { verified, unsealed, head, comparedWith, problems, acknowledged } = await verifyAuditChain(core, expectedHead);
  for (const problem of problems) context.say(`error: ${problem}`);
  if (problems.length > 0) context.exitCode = 1;
  if (acknowledged > 0) context.say(`${acknowledged} problem(s) were acknowledged before and are not told again.`);
  for (const end of comparedWith) context.say(`Compared with ${end}.`);
  if (comparedWith.length === 0) context.say("Compared with no end that was kept outside of the database.");
  const waiting = unsealed === 0 ? "" : `, ${unsealed} not sealed yet`;
  context.say(`${problems.length === 0 ? "Verified" : "Looked at"} ${verified} records${waiting}. The chain ends at:`);
  context.out(head);
}

async function acknowledge(context: CommandContext, core: Core, isSure: boolean): Promise<void> {
  if (!isSure) {
    const { problems } = await verifyAuditChain(core);
    for (const problem of problems) context.say(`error: ${problem}`);
    context.say(
      problems.length === 0
        ? "There is nothing to acknowledge."
        : "Nothing was done. Add --yes to record that these problems are known, and to begin a new witness.",
    );
    if (problems.length > 0) context.exitCode = 1;
    return;
  }
  const deps = { ...core, witness: core.auditWitness };
  const { problems, hasNewEnd } = await acknowledgeProblems(deps, commandLine.actor);
  for (const problem of problems) context.say(`acknowledged: ${problem}`);
  if (hasNewEnd) context.say("The chain had no signed end; it goes on from its last record.");
  context.say(problems.length === 0 ? "There is nothing to acknowledge." : "Recorded, and a new witness was begun.");
}

function presentRecords(records: AuditRecord[]): string {
  if (records.length === 0) return "No audit records match.";
  const rows = records.map((record) => [
    ...[when(record.occurred_at), record.action, record.target.id],
    ...[record.actor.id ?? record.actor.kind, record.shop ?? "-", record.request_id ?? "-"],
  ]);
  return table(["WHEN (UTC)", "ACTION", "TARGET", "BY", "SHOP", "REQUEST"], rows);
}
