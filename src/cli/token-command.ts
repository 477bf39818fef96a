import type { Command } from "commander";
import type { Core } from "../compose.ts";
import { commandLine } from "../modules/callers/index.ts";
import { listTokens, revokeToken } from "../modules/tokens/index.ts";
import type { PresentedToken, TokenListQuery } from "../modules/tokens/index.ts";
import { CommandError, withCore } from "./command-context.ts";
import type { CommandContext } from "./command-context.ts";
import { addConvertCommand, withLines } from "./convert-command.ts";
import { readLimit } from "./options.ts";
import { json, plain, table, when } from "./output.ts";

const STATUSES = ["active", "suspended", "expired", "revoked", "all"] as const;

interface ListOptions {
  customer?: string;
  order?: string;
  email?: string;
  status?: string;
  limit?: string;
  json?: true;
}

export function addTokenCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("token")
    .description("Customers' Composer tokens; shops make them over the Management API");
  command
    .command("list")
    .description("List tokens of all shops, newest first; all but revoked ones unless --status says so")
    .option("--customer <id>", "of this customer_id")
    .option("--order <id>", "of this order_id")
    .option("--email <address>", "of this customer_email")
    .option("--status <status>", STATUSES.join(", "))
    .option("--limit <n>", "at most so many; default 100")
    .option("--json", "for programs")
    .action((options: ListOptions) => withCore(context, (core) => list(context, core, options)));
  command
    .command("revoke")
    .description("Revoke one, for good and at once")
    .argument("<id>", "token_…, from the list")
    .action((id: string) =>
      withCore(context, async (core) => {
        await revokeToken(withLines(core), commandLine, id);
        context.say(`Revoked ${id}.`);
      }),
    );
  addConvertCommand(command, context);
}

async function list(context: CommandContext, core: Core, options: ListOptions): Promise<void> {
  const status = STATUSES.find((known) => known === options.status);
  if (options.status !== undefined && status === undefined) {
    throw new CommandError(`--status ${options.status} is unknown; it is one of ${STATUSES.join(", ")}`);
  }
  const query: TokenListQuery = {
    customer_id: options.customer,
    order_id: options.order,
    customer_email: options.email,
    status,
    limit: options.limit === undefined ? undefined : readLimit(options.limit),
  };
  const { tokens, nextCursor } = await listTokens(core, commandLine, query);
  context.out(options.json === true ? json(tokens) : presentTokens(tokens));
  if (nextCursor !== undefined) context.say("There are more; raise --limit or narrow the list.");
}

/** What it reads, in a word each: its own prefixes, its customer's grants, or a part of those. */
function packagesOf({ access, allowed_package_prefixes: prefixes }: PresentedToken): string {
  const own = prefixes?.join(" ") ?? "(all)";
  if (access === "project") return `(of its customer's) ${own}`;
  return access === "customer" ? `${own} (and its customer's)`.trim() : own;
}

function presentTokens(tokens: PresentedToken[]): string {
  if (tokens.length === 0) return "No tokens match.";
  const rows = tokens.map((token) => [
    ...[token.id, `…${token.last_four}`, token.status, token.shop, packagesOf(token)],
    ...[when(token.expires_at), when(token.last_used_at), plain(token.description).slice(0, 80).toWellFormed()],
  ]);
  return table(["ID", "SECRET", "STATUS", "SHOP", "PACKAGES", "EXPIRES (UTC)", "LAST USED (UTC)", "DESCRIPTION"], rows);
}
