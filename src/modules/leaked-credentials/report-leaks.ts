import { nowSeconds } from "../../platform/clock.ts";
import { hashSecret, kindOfSecret, lastFour } from "../../platform/crypto/secrets.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Mail, Message } from "../../platform/mail/index.ts";
import type { Database, Db, LeakOutcome } from "../../schema.ts";
import { leakedManagementTokenMail } from "../account-mails/index.ts";
import { raiseAttention } from "../attention/index.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Actor, AuditDeps } from "../audit/index.ts";
import type { TokenMails } from "../customer-mails/index.ts";
import { findManagementTokenBySecret, revokeLeakedManagementToken } from "../management-tokens/index.ts";
import { endRotatedSecrets, findRotatedSecret } from "../rotated-secrets/index.ts";
import { readSettings } from "../settings/index.ts";
import { findTokenByHash, getTokenForChange, revokeLeakedToken, tokenChanged } from "../tokens/index.ts";
import type { TokenRow } from "../tokens/index.ts";
import { listOwnerAddresses } from "../users/index.ts";
import { insertLeakIfNew, setLeakOutcome } from "./leak-queries.ts";
import type { LeakReport } from "./leak-operations.ts";

export interface ReportDeps extends AuditDeps {
  database: Pick<Database, "db" | "engine" | "transaction">;
  mails: Pick<TokenMails, "leaked">;
  mail: Pick<Mail, "send">;
  publicUrl: string;
  /** With customer tokens. */
  action: "revoke_and_mail" | "revoke" | "mail" | "record";
}

/** Who reports: a caller, or whose signature it is. */
export interface Reporter {
  actor: Actor;
  by: string | null;
}

/** One secret of ours, and where it was found. */
interface Finding {
  secretHash: string;
  lastFour: string;
  source: string | null;
  url: string | null;
}

/**
 * Ends what was found in public. Whoever reports a secret has it, and could use it: so this reaches past the shop and
 * the bound of a caller, and tells nothing of what it found.
 */
export async function reportLeaks(deps: ReportDeps, reporter: Reporter, report: LeakReport): Promise<void> {
  const seen = new Set<string>();
  for (const { token: secret, source = null, url = null } of report) {
    const kind = kindOfSecret(secret);
    if (kind === undefined || seen.has(secret)) continue;
    seen.add(secret);
    const finding = { secretHash: hashSecret(secret), lastFour: lastFour(secret), source, url };
    if (kind === "pbm") await endManagementToken(deps, reporter, finding);
    else await endCustomerToken(deps, reporter, finding);
  }
}

async function endCustomerToken(deps: ReportDeps, reporter: Reporter, finding: Finding): Promise<void> {
  await deps.database.transaction(async (trx, changed) => {
    const id = await findTokenId(trx, finding.secretHash);
    if (id === undefined) return;
    const system = { actor: reporter.actor, shop: null, packageBound: null };
    const row = await getTokenForChange(trx, deps.database.engine, system, id);
    const now = nowSeconds(deps.clock);
    const leak = { last_four: finding.lastFour, source: finding.source, url: finding.url, reported_at: now };
    const noted = { secret_hash: finding.secretHash, token: id, management_token: null, outcome: "noted" as const };
    if (!(await insertLeakIfNew(trx, { ...noted, ...leak }))) return;
    const outcome = await settle(deps, trx, changed, reporter, row, finding);
    await setLeakOutcome(trx, finding.secretHash, outcome);
    const { shop, customer } = row;
    await recordAuditEvent(deps, trx, reporter.actor, {
      action: "token.leaked",
      target: { kind: "token", id },
      shop,
      customer,
      details: { after: factsOf(finding, reporter, outcome) },
      ...(finding.url === null ? {} : { personal: { url: finding.url } }),
    });
    if (outcome === "noted" && deps.action !== "record") return;
    await raiseAttention(deps, trx, {
      kind: "token.leaked",
      shop,
      customer,
      subject: { kind: "token", id },
      distinct: finding.lastFour,
      details: factsOf(finding, reporter, outcome),
    });
    const isMailed = deps.action === "mail" || deps.action === "revoke_and_mail";
    await deps.mails.leaked(trx, { ...row, ...endOf(outcome, now) }, { secretHash: finding.secretHash, isMailed });
  });
}

function endOf(outcome: LeakOutcome, now: number): Partial<Pick<TokenRow, "revoked_at">> {
  return outcome === "revoked" ? { revoked_at: now } : {};
}

/** Also one that was replaced, and whether it still works or not. */
async function findTokenId(db: Db, secretHash: string): Promise<string | undefined> {
  const current = await findTokenByHash(db, secretHash);
  return current?.id ?? (await findRotatedSecret(db, "token", secretHash))?.token ?? undefined;
}

/** Does what the setting says; the row is held. */
async function settle(
  deps: ReportDeps,
  trx: Db,
  changed: RecordChange,
  reporter: Reporter,
  row: TokenRow,
  { secretHash }: Finding,
): Promise<LeakOutcome> {
  const isCurrent = row.secret_hash === secretHash;
  const replaced = isCurrent ? undefined : await findRotatedSecret(trx, "token", secretHash);
  const now = nowSeconds(deps.clock);
  const worksStill = isCurrent || (replaced?.expires_at ?? 0) > now || typeof replaced?.restorable_until === "number";
  if (!worksStill || deps.action === "record") return "noted";
  if (deps.action === "mail") return "told";
  if (isCurrent) {
    // Told by a mail of its own, and its order goes on: what was bought is opened by the next token.
    await revokeLeakedToken({ clock: deps.clock, cipher: deps.cipher }, trx, changed, reporter.actor, row);
    return "revoked";
  }
  await endRotatedSecrets(trx, { kind: "token", id: row.id }, now);
  changed(tokenChanged(row.id));
  return "secret_ended";
}

async function endManagementToken(deps: ReportDeps, reporter: Reporter, finding: Finding): Promise<void> {
  const messages = await deps.database.transaction(async (trx, changed) => {
    const found = await findManagementTokenBySecret(trx, deps.database.engine, finding.secretHash);
    if (found === undefined) return [];
    const { row } = found;
    const now = nowSeconds(deps.clock);
    const leak = { last_four: finding.lastFour, source: finding.source, url: finding.url, reported_at: now };
    const noted = { secret_hash: finding.secretHash, token: null, management_token: row.id, outcome: "noted" as const };
    if (!(await insertLeakIfNew(trx, { ...noted, ...leak }))) return [];
    const { outcome, enabledWebhooks } = await revokeLeakedManagementToken(deps, trx, changed, reporter.actor, found);
    await setLeakOutcome(trx, finding.secretHash, outcome);
    await recordAuditEvent(deps, trx, reporter.actor, {
      action: "management_token.leaked",
      target: { kind: "management_token", id: row.id },
      shop: row.shop,
      details: { after: { ...factsOf(finding, reporter, outcome), enabled_webhooks: enabledWebhooks } },
      ...(finding.url === null ? {} : { personal: { url: finding.url } }),
    });
    if (outcome === "noted") return [];
    await raiseAttention(deps, trx, {
      kind: "management_token.leaked",
      shop: row.shop,
      customer: null,
      distinct: finding.lastFour,
      subject: { kind: "management_token", id: row.id },
      details: { ...factsOf(finding, reporter, outcome), name: row.name },
    });
    const { vendor_name: vendorName } = await readSettings(trx);
    const facts = { name: row.name, ...leak, isRevoked: outcome === "revoked", enabledWebhooks };
    const place = { publicUrl: deps.publicUrl, vendorName };
    return (await listOwnerAddresses(trx)).map((to): Message => leakedManagementTokenMail(place, to, facts));
  });
  for (const message of messages) deps.mail.send(message);
}

function factsOf({ lastFour: last_four, source }: Finding, { by }: Reporter, outcome: LeakOutcome) {
  return { last_four, source, outcome, ...(by === null ? {} : { signed_by: by }) };
}
