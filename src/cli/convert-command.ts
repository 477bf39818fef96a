import type { Command } from "commander";
import type { Core } from "../compose.ts";
import { commandLine } from "../modules/callers/index.ts";
import { convertMany, listConvertible, previewMany } from "../modules/conversions/index.ts";
import type { ConversionDeps, Refusal } from "../modules/conversions/index.ts";
import { createTokenLines } from "../modules/customer-grants/index.ts";
import { listManagementTokens } from "../modules/management-tokens/index.ts";
import { createRequirements } from "../modules/requirements/index.ts";
import { statusOf } from "../modules/tokens/index.ts";
import type { TokenRow } from "../modules/tokens/index.ts";
import { nowSeconds } from "../platform/clock.ts";
import { CommandError, withCore } from "./command-context.ts";
import type { CommandContext } from "./command-context.ts";
import { counted, plain, table } from "./output.ts";

interface ConvertOptions {
  managementToken?: string;
  expired?: true;
  reason?: string;
  yes?: true;
}

/** For a shop that turns one credential per customer on late. */
export function addConvertCommand(token: Command, context: CommandContext): void {
  token
    .command("convert")
    .description("Let tokens open everything their customers have; without --yes, says what would change")
    .argument("[ids...]", "token_…, from the list")
    .option("--management-token <id or name>", "all that this one sold, but for project tokens and guests' tokens")
    .option("--expired", "expired tokens too: they open what their customers have besides")
    .option("--reason <text>", "beside the audit records")
    .option("--yes", "it is meant; without it, nothing is changed")
    .action((ids: string[], options: ConvertOptions) =>
      withCore(context, (core) => convert(context, core, ids, options)),
    );
}

/** What changes tokens that were sold with a line, on the command line. */
export function withLines(core: Core): Core & ConversionDeps {
  return { ...core, lines: createTokenLines({ ...core, requirements: createRequirements(core.database) }) };
}

async function convert(context: CommandContext, core: Core, ids: string[], options: ConvertOptions): Promise<void> {
  const { managementToken, yes, reason } = options;
  if ((managementToken === undefined) === (ids.length === 0)) {
    throw new CommandError("say which tokens: their ids, or --management-token with the one that sold them");
  }
  const madeBy = managementToken === undefined ? undefined : await findMaker(context, core, managementToken);
  const found = await listConvertible(core.database.db, { madeBy, ids });
  refuseMissing(ids, found);
  const chosen = leaveOut(context, core, found, { isNamed: madeBy === undefined, withExpired: options.expired });
  const refused = yes === true ? await change(context, core, chosen, reason) : await show(context, core, chosen);
  for (const { id, reason: why } of refused) context.say(`${id} cannot be converted: ${plain(why)}`);
  if (refused.length > 0) context.exitCode = 1;
  const convertible = chosen.length - refused.length;
  if (yes === true || convertible === 0) return;
  throw new CommandError(
    `nothing was changed: ${counted(convertible, "token")} would be converted; if that is meant, add --yes`,
  );
}

/** By its id or its name; which of two of one name is meant nobody guesses. */
async function findMaker(context: CommandContext, core: Core, text: string): Promise<string> {
  const named = (await listManagementTokens(core)).filter(({ id, name }) => id === text || name === text);
  const [one, another] = named;
  if (one === undefined)
    throw new CommandError(`there is no management token ${plain(text)}; see management-token list`);
  if (another !== undefined) {
    const ids = named.map(({ id }) => id).join(", ");
    throw new CommandError(
      `${counted(named.length, "management token")} are called ${plain(text)}: give one of ${ids}`,
    );
  }
  if (one.credential !== "customer") {
    context.say(
      `warning: ${plain(one.name)} goes on selling tokens for their own packages; to change that, set its credential to "customer" (PATCH /api/management-tokens/${one.id}, or the dashboard)`,
    );
  }
  return one.id;
}

function refuseMissing(ids: readonly string[], found: readonly TokenRow[]): void {
  const known = new Set(found.map(({ id }) => id));
  const missing = ids.filter((id) => !known.has(id));
  if (missing.length === 0) return;
  throw new CommandError(
    `nothing was changed: ${missing.map(plain).join(", ")} is not there, was revoked, is for a project, or opens everything of its customer already`,
  );
}

/** Of many, what nobody asked for by its id. */
function leaveOut(
  context: CommandContext,
  core: Core,
  rows: readonly TokenRow[],
  { isNamed, withExpired = false }: { isNamed: boolean; withExpired: boolean | undefined },
): TokenRow[] {
  if (isNamed) return [...rows];
  const now = nowSeconds(core.clock);
  const guests = rows.filter(({ customer }) => customer === null);
  if (guests.length > 0) {
    context.say(`${counted(guests.length, "token")} of guests stay: without a customer there is nothing else to open.`);
  }
  const ofCustomers = rows.filter(({ customer }) => customer !== null);
  const expired = withExpired ? [] : ofCustomers.filter((row) => statusOf(row, now) === "expired");
  if (expired.length > 0) {
    context.say(
      `${counted(expired.length, "expired token")} stay: converted, they would open what their customers have besides. If that is meant, add --expired.`,
    );
  }
  return ofCustomers.filter((row) => !expired.includes(row));
}

async function change(
  context: CommandContext,
  core: Core,
  rows: readonly TokenRow[],
  reason: string | undefined,
): Promise<Refusal[]> {
  const { converted, refused } = await convertMany(withLines(core), commandLine, rows, reason);
  for (const { id, order_id, line } of converted) context.out(`${id} ${plain(order_id ?? "")} ${plain(line ?? "")}`);
  context.say(`Converted ${counted(converted.length, "token")}.`);
  return refused;
}

async function show(context: CommandContext, core: Core, rows: readonly TokenRow[]): Promise<Refusal[]> {
  const deps = withLines(core);
  const refused: Refusal[] = [];
  const lines: string[][] = [];
  for (const ofCustomer of Map.groupBy(rows, ({ customer, id }) => customer ?? id).values()) {
    const seen = await previewMany(deps, commandLine, ofCustomer);
    refused.push(...seen.refused);
    const isChosen = new Set(ofCustomer.map(({ id }) => id));
    const isRefused = new Set(seen.refused.map(({ id }) => id));
    for (const { id, last_four, status, gains, loses, description } of seen.changes) {
      const isConverted = isChosen.has(id) && !isRefused.has(id);
      if (!isConverted && gains.length + loses.length === 0) continue;
      const what = isConverted ? "converted" : "as it is";
      lines.push([
        id,
        `…${last_four}`,
        status,
        what,
        listed(gains),
        listed(loses),
        description.slice(0, 80).toWellFormed(),
      ]);
    }
  }
  const headings = ["ID", "SECRET", "STATUS", "TOKEN", "WOULD OPEN BESIDES", "WOULD LOSE", "DESCRIPTION"];
  context.out(lines.length === 0 ? "No token would be converted." : table(headings, lines));
  return refused;
}

const SHOWN_MAX = 8;

function listed(names: readonly string[]): string {
  const rest = names.length - SHOWN_MAX;
  return `${names.slice(0, SHOWN_MAX).join(" ")}${rest > 0 ? ` and ${rest} more` : ""}` || "-";
}
