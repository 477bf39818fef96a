import { nowSeconds } from "../../platform/clock.ts";
import { hashSecret, lastFour, newSecret } from "../../platform/crypto/secrets.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { retireSecret } from "../rotated-secrets/index.ts";
import type { PresentedPreviousSecret } from "../rotated-secrets/index.ts";
import type { MailingDeps, TokenDeps } from "./create-token.ts";
import { isFinal } from "./revocation.ts";
import { tokenChanged } from "./token-changes.ts";
import { searchableEmail } from "./token-metadata.ts";
import type { MetadataValue } from "./token-metadata.ts";
import { lockAllTokensOfCustomer, updateToken } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";

/** Who has the tokens of a customer (`customers.id`) from now on. */
export interface NewOwner {
  customer: string;
  /** Of the owner before; null where none was known. */
  emailBefore: string | null;
  email: string;
  /** The shop's id of the customer, where it is another one now. */
  customerId: string | undefined;
  /** How long the secrets before go on working. */
  overlapSeconds: number;
  /** Whether the new owner is mailed the new secrets; undefined: as each token says. */
  notify: boolean | undefined;
}

/** A token that was handed over; the secret is shown once. */
export interface HandedOverToken {
  id: string;
  description: string;
  token: string;
  last_four: string;
  previous_secret: PresentedPreviousSecret | null;
  /** What kept a mail from being sent. */
  warnings: string[];
}

/**
 * Gives the tokens of a customer to somebody else, within the transaction of whoever transfers the customer: new
 * secrets for all that are not revoked, expired ones too because a renewal would let the old owner in again. The new
 * address takes the place of the old one in the metadata and the description of every token, revoked ones too: by it
 * they are found and mailed. What a revocation of the customer ended stays ended: its secret is the old owner's.
 */
export async function handOverTokens(
  deps: AuditDeps & MailingDeps & { database: Pick<TokenDeps["database"], "engine"> },
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  owner: NewOwner,
): Promise<HandedOverToken[]> {
  const handedOver: HandedOverToken[] = [];
  for (const row of await lockAllTokensOfCustomer(trx, deps.database.engine, owner.customer)) {
    const secret = row.revoked_at === null ? newSecret("pbt") : undefined;
    const { token, previous } = await handOver(deps, trx, caller, { row, secret, owner });
    changed(tokenChanged(row.id));
    if (secret === undefined) continue;
    const { id, description, last_four } = token;
    const notify = owner.notify ?? row.notify === 1;
    const warnings = (await deps.mails?.replaced(trx, token, secret, { cause: "transferred", notify })) ?? [];
    handedOver.push({ id, description, token: secret, last_four, previous_secret: previous, warnings });
  }
  return handedOver;
}

async function handOver(
  deps: AuditDeps,
  trx: Db,
  caller: Caller,
  { row, secret, owner }: { row: TokenRow; secret: string | undefined; owner: NewOwner },
): Promise<{ token: TokenRow; previous: PresentedPreviousSecret | null }> {
  const now = nowSeconds(deps.clock);
  const retired = { secretHash: row.secret_hash, lastFour: row.last_four, now, overlapSeconds: owner.overlapSeconds };
  const previous = secret === undefined ? null : await retireSecret(trx, { kind: "token", id: row.id }, retired);
  const updated = await updateToken(trx, row.id, {
    ...labelsFor(row, owner),
    ...(secret === undefined ? {} : { secret_hash: hashSecret(secret), last_four: lastFour(secret) }),
    ...{ customer_revocation: null, order_revocation: null, updated_at: now },
    // Its secret is the old owner's; what leaked stays named so.
    ...(secret === undefined && !isFinal(row.revoked_why) ? { revoked_why: "transferred" as const } : {}),
  });
  const expires = previous === null ? {} : { previous_secret_expires_at: previous.expires_at };
  await recordAuditEvent(deps, trx, caller.actor, {
    action: secret === undefined ? "token.updated" : "token.rotated",
    target: { kind: "token", id: row.id },
    ...{ shop: row.shop, customer: row.customer },
    details: { before: { last_four: row.last_four }, after: { last_four: updated.last_four, ...expires } },
    personal: { before: personalOf(row), after: personalOf(updated) },
  });
  return { token: updated, previous };
}

function personalOf(row: TokenRow) {
  return { description: row.description, metadata: metadataOf(row) };
}

function metadataOf(row: TokenRow): Record<string, MetadataValue> {
  return JSON.parse(row.metadata) as Record<string, MetadataValue>;
}

/** How a token is labelled for a new owner: by their address and id, wherever the ones before stood. */
export function labelsFor(
  row: TokenRow,
  { emailBefore, email, customerId }: Pick<NewOwner, "emailBefore" | "email" | "customerId">,
) {
  const before = metadataOf(row);
  const named = customerId === undefined ? {} : { customer_id: customerId };
  const addresses = [emailBefore, row.customer_email, before["customer_email"]].filter(
    (one) => typeof one === "string",
  );
  return {
    metadata: JSON.stringify({ ...before, ...named, customer_email: email }),
    customer_email: searchableEmail(email),
    address_of: "customer" as const,
    description: addresses.reduce((text, address) => replaceText(text, address, email), row.description),
  };
}

/** In any case; a shop writes an address as its customer typed it. */
function replaceText(text: string, from: string, to: string): string {
  if (from === "" || from === to) return text;
  const literal = from.replaceAll(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
  return text.replaceAll(new RegExp(literal, "gi"), () => to);
}
