import { Option } from "commander";
import type { Command } from "commander";
import type { Core } from "../compose.ts";
import { invalidField } from "../platform/errors.ts";
import { createMail } from "../platform/mail/index.ts";
import { commandLine } from "../modules/callers/index.ts";
import {
  createManagementToken,
  listManagementTokens,
  messagesToOwners,
  revokeManagementToken,
} from "../modules/management-tokens/index.ts";
import { STABILITIES } from "../modules/grants/index.ts";
import type { ManagementTokenSummary } from "../modules/management-tokens/index.ts";
import { readDate, withCore } from "./command-context.ts";
import type { CommandContext } from "./command-context.ts";
import { collect, splitList } from "./options.ts";
import { json, table, when } from "./output.ts";

interface CreateOptions {
  name: string;
  scopes: string[];
  shop?: string;
  prefix?: string[];
  allowFrom?: string[];
  expires?: string;
  uniqueBy?: "order" | "customer";
  credential?: "customer";
  notify?: true;
  graceDays?: string;
  stability?: (typeof STABILITIES)[number];
}

export function addManagementTokenCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("management-token")
    .description("Credentials a shop or script calls the Management API with");
  command
    .command("create")
    .description("Make one; prints the secret, this once")
    .requiredOption("--name <name>", "what people see")
    .requiredOption("--scopes <list>", "comma-separated; a shop needs tokens:write,tokens:read", collect)
    .option("--shop <shop>", "name space of its customers; default: default")
    .option(
      "--prefix <prefix>",
      "packages it may grant: acme/ or acme/checkout; may be repeated; default: all",
      collect,
    )
    .option(
      "--allow-from <network>",
      "address or network it may be used from: 203.0.113.0/24; may be repeated; default: everywhere",
      collect,
    )
    .option("--expires <date>", "2027-01-31, 2027-01-31T12:00:00Z or Unix seconds; default: never")
    .addOption(
      new Option(
        "--unique-by <what>",
        "order: one token per order, also when the shop delivers a purchase again; customer: one per customer",
      ).choices(["order", "customer"]),
    )
    .addOption(
      new Option(
        "--credential <what>",
        "customer: what is sold becomes a line of the customer's order, and each token made so opens all of it",
      ).choices(["customer"]),
    )
    .option("--notify", "mail each customer how to install what they bought; needs SMTP_URL")
    .option("--grace-days <days>", "for how many days what is sold goes on after its end; default: 0")
    .addOption(
      new Option(
        "--stability <stability>",
        "versions as stable as this, or more, are sold by a sale that names none: stable sells no branch; default: all",
      ).choices(STABILITIES),
    )
    .action((options: CreateOptions) => withCore(context, (core) => create(context, core, options)));
  command
    .command("list")
    .description("List them, without the secrets")
    .option("--json", "for programs")
    .action((options: { json?: true }) =>
      withCore(context, async (core) => {
        const tokens = await listManagementTokens(core);
        context.out(options.json === true ? json(tokens) : presentTokens(tokens));
      }),
    );
  addRevokeCommand(command, context);
}

function addRevokeCommand(command: Command, context: CommandContext): void {
  command
    .command("revoke")
    .description("Revoke one, for good and at once")
    .argument("<id>", "mgmt_…, from the list")
    .action((id: string) =>
      withCore(context, async (core) => {
        const { enabledWebhooks } = await revokeManagementToken(core, commandLine, id);
        context.say(`Revoked ${id}.`);
        if (enabledWebhooks > 0) {
          context.say(
            `warning: ${enabledWebhooks} of the webhooks it made are enabled still; remove those you do not know`,
          );
        }
      }),
    );
}

async function create(context: CommandContext, core: Core, options: CreateOptions): Promise<void> {
  const created = await createManagementToken(core, commandLine, {
    name: options.name,
    scopes: splitList(options.scopes),
    shop: options.shop,
    prefixes: options.prefix,
    allowedNetworks: options.allowFrom === undefined ? undefined : splitList(options.allowFrom),
    expiresAt: options.expires === undefined ? undefined : readDate(options.expires, "--expires"),
    uniqueBy: options.uniqueBy,
    credential: options.credential,
    notify: options.notify,
    graceDays: options.graceDays === undefined ? undefined : readDays(options.graceDays),
    stability: options.stability,
  });
  if (created.isUnbounded) {
    context.say(
      "warning: without --prefix this token may grant every package hosted here; bound it with --prefix your-vendor/",
    );
  }
  if (created.token.scopes.includes("users:write")) {
    context.say("warning: with users:write it can invite an admin, who may do everything: it equals all scopes");
  }
  if (options.expires === undefined) {
    context.say("hint: it does not expire; --expires 2027-12-31 gives it an end, of which you are reminded beforehand");
  }
  await tellOwners(core, created.token);
  context.say(`Made ${created.id}. This is the only time its secret is shown:`);
  context.out(created.secret);
}

const MAIL_GRACE_MS = 10_000;

/** As the API does; where there is no mail server nobody is told. */
async function tellOwners(core: Core, token: ManagementTokenSummary): Promise<void> {
  const { mail: settings, publicUrl } = core.config;
  const mail = createMail({ server: settings?.server, from: settings?.from, logger: core.logger });
  if (!mail.canSend) return;
  const change = { kind: "created" as const, token, actor: commandLine.actor, address: null };
  const messages = await messagesToOwners({ clock: core.clock, publicUrl }, core.database.db, change);
  for (const message of messages) mail.send(message);
  await mail.stop(MAIL_GRACE_MS);
}

function readDays(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw invalidField("--grace-days", "must be a whole number of days, such as 14");
  return Number(text);
}

function presentTokens(tokens: ManagementTokenSummary[]): string {
  if (tokens.length === 0)
    return "No management tokens yet. Make one: management-token create --name shop --scopes tokens:write,tokens:read --prefix acme/";
  const rows = tokens.map((token) => [
    ...[token.id, token.name, `…${token.last_four}`, token.status, token.shop],
    ...[
      token.package_bound?.join(" ") ?? "(all)",
      settingsInWords(token),
      when(token.expires_at),
      when(token.last_used_at),
      token.last_used_address ?? "-",
      token.allowed_networks?.join(" ") ?? "(all)",
      token.scopes.join(","),
    ],
  ]);
  return table(
    [
      "ID",
      "NAME",
      "SECRET",
      "STATUS",
      "SHOP",
      "MAY GRANT",
      "SALES",
      "EXPIRES (UTC)",
      "LAST USED (UTC)",
      "FROM",
      "NETWORKS",
      "SCOPES",
    ],
    rows,
  );
}

function settingsInWords({ unique_by, credential, notify, grace_days: days }: ManagementTokenSummary): string {
  const words = [];
  if (unique_by !== null) words.push(`one per ${unique_by}`);
  if (credential !== null) words.push("one credential per customer");
  if (notify) words.push("mails");
  if (days !== null) words.push(`${days} days of grace`);
  return words.join(", ") || "-";
}
