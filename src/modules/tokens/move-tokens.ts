import { nowSeconds } from "../../platform/clock.ts";
import { hashSecret, lastFour, newSecret } from "../../platform/crypto/secrets.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { retireSecret } from "../rotated-secrets/index.ts";
import type { PresentedPreviousSecret } from "../rotated-secrets/index.ts";
import type { MailingDeps } from "./create-token.ts";
import { labelsFor } from "./hand-over-tokens.ts";
import { isFinal } from "./revocation.ts";
import { inheritSuspension } from "./suspension.ts";
import { tokenChanged } from "./token-changes.ts";
import type { MetadataValue } from "./token-metadata.ts";
import { updateToken } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";

/** Whose tokens are from now on, and with which secrets. */
export interface NewHolder {
  /** `customers.id`; null: nobody's, as a guest's. */
  customer: string | null;
  /** Whether each that is not revoked gets a new secret. */
  rotate: boolean;
  /** How long the secrets before go on working then. */
  overlapSeconds: number;
  /** Whether the new secrets are mailed; undefined: as each token says. */
  notify: boolean | undefined;
  /** How its labels read from now on, where somebody else has it. */
  relabel: ((row: TokenRow) => TokenLabels) | undefined;
  /** Under which the move is known. */
  move: string;
}

export type TokenLabels = Pick<TokenRow, "metadata" | "customer_email" | "description">;

/** A token that has another customer. */
export interface MovedToken {
  id: string;
  description: string;
  /** The new secret, shown once; null where it kept the one it had. */
  token: string | null;
  last_four: string;
  previous_secret: PresentedPreviousSecret | null;
  /** What kept a mail from being sent. */
  warnings: string[];
}

/** What of a token was before it moved. Can be kept as JSON; the labels are about a person. */
export interface TokenBefore {
  id: string;
  customer: string | null;
  revoked_at: number | null;
  customer_revocation: number | null;
  /** Absent of moves from before it was written down. */
  revoked_why?: TokenRow["revoked_why"];
  /** The line it came with; absent likewise. */
  order_line?: string | null;
  labels: TokenLabels | null;
}

/** Gives tokens, whose rows are held, to another customer, within the transaction of whoever moves them. */
export async function moveTokens(
  deps: AuditDeps & MailingDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  rows: readonly TokenRow[],
  holder: NewHolder,
): Promise<{ tokens: MovedToken[]; before: TokenBefore[] }> {
  const tokens: MovedToken[] = [];
  const before: TokenBefore[] = [];
  for (const row of rows) {
    const { id, customer, revoked_at, customer_revocation, revoked_why, order_line } = row;
    const { metadata, customer_email, description } = row;
    const labels = holder.relabel === undefined ? null : { metadata, customer_email, description };
    before.push({ id, customer, revoked_at, customer_revocation, revoked_why, order_line, labels });
    // The secret of one that ended is the old holder's: nothing brings it back for the new one.
    const isLeft = holder.rotate && revoked_at !== null && !isFinal(revoked_why);
    const why = isLeft ? { revoked_why: "transferred" as const } : {};
    const change = { ...holder.relabel?.(row), customer_revocation: null, ...why };
    tokens.push(await moveRow(deps, trx, changed, caller, { row, change, holder }));
  }
  return { tokens, before };
}

/**
 * 409 where one of these tokens was converted since, and what it was sold with is a line of an order that does not go
 * back with it: token and line would be two customers'.
 */
export function refuseConverted(
  rows: readonly TokenRow[],
  before: readonly TokenBefore[],
  orders: readonly string[],
): void {
  for (const was of before) {
    const row = rows.find(({ id }) => id === was.id);
    if (row === undefined || row.order_line === null || typeof was.order_line === "string") continue;
    if (row.order_id !== null && orders.includes(row.order_id)) continue;
    const order = row.order_id ?? row.id;
    throw new AppError(
      "resource.conflict",
      `The token …${row.last_four} (${row.id}) was converted to a credential of its customer since: what it was sold with is a line of the order ${order} of whoever has it now, and would stay there. Nothing was undone. To give it to somebody else, move that order.`,
    );
  }
}

/**
 * Gives tokens back to whom they were of. Rows whose customer is another one by now are left where they are. What was
 * revoked meanwhile stays so, for good.
 */
export async function returnTokens(
  deps: AuditDeps & MailingDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  rows: readonly TokenRow[],
  { before, ...holder }: Omit<NewHolder, "relabel" | "customer"> & { before: readonly TokenBefore[] },
): Promise<MovedToken[]> {
  const tokens: MovedToken[] = [];
  for (const was of before) {
    const row = rows.find(({ id }) => id === was.id);
    if (row === undefined) continue;
    const isAsBefore = row.revoked_at !== null && row.revoked_at === was.revoked_at;
    const why = isAsBefore && was.revoked_why !== undefined ? { revoked_why: was.revoked_why } : {};
    const change = { ...was.labels, customer_revocation: isAsBefore ? was.customer_revocation : null, ...why };
    const { customer } = was;
    tokens.push(
      await moveRow(deps, trx, changed, caller, { row, change, holder: { ...holder, customer, relabel: undefined } }),
    );
  }
  return tokens;
}

async function moveRow(
  deps: AuditDeps & MailingDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  given: { row: TokenRow; change: Partial<TokenRow>; holder: NewHolder },
): Promise<MovedToken> {
  const { row, change, holder } = given;
  const now = nowSeconds(deps.clock);
  const secret = holder.rotate && row.revoked_at === null ? newSecret("pbt") : undefined;
  const retired = { secretHash: row.secret_hash, lastFour: row.last_four, now, overlapSeconds: holder.overlapSeconds };
  const previous = secret === undefined ? null : await retireSecret(trx, { kind: "token", id: row.id }, retired);
  const stored = await updateToken(trx, row.id, {
    ...change,
    ...(secret === undefined ? {} : { secret_hash: hashSecret(secret), last_four: lastFour(secret) }),
    ...{ customer: holder.customer, updated_at: now },
  });
  const updated = await inheritSuspension(trx, stored, now);
  const expires = previous === null ? {} : { previous_secret_expires_at: previous.expires_at };
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "token.moved",
    target: { kind: "token", id: row.id },
    ...{ shop: row.shop, customer: holder.customer },
    details: {
      before: { customer: row.customer, last_four: row.last_four },
      after: { customer: holder.customer, last_four: updated.last_four, move: holder.move, ...expires },
    },
    personal: { before: personalOf(row), after: personalOf(updated) },
  });
  changed(tokenChanged(row.id));
  const notify = holder.notify ?? row.notify === 1;
  const replaced = { cause: "transferred", notify } as const;
  const warnings = secret === undefined ? [] : ((await deps.mails?.replaced(trx, updated, secret, replaced)) ?? []);
  // What waits goes to whom it is of now: mails with a secret that goes on, too.
  await deps.mails?.addressChanged(trx, { token: row.id });
  const { id, description, last_four } = updated;
  return { id, description, token: secret ?? null, last_four, previous_secret: previous, warnings };
}

function personalOf(row: TokenRow) {
  return { description: row.description, metadata: metadataOf(row) };
}

function metadataOf(row: TokenRow): Record<string, MetadataValue> {
  return JSON.parse(row.metadata) as Record<string, MetadataValue>;
}

/** Of a token that somebody else has from now on; without an address where none of theirs is known. */
export function labelsOfNewOwner(
  row: TokenRow,
  owner: { customerId: string; emailBefore: string | null; email: string | null },
): TokenLabels {
  const { customerId, emailBefore, email } = owner;
  const labels = labelsFor(row, { customerId, emailBefore, email: email ?? customerId });
  if (email !== null) return labels;
  const { customer_email: _none, ...metadata } = JSON.parse(labels.metadata) as Record<string, MetadataValue>;
  return { ...labels, metadata: JSON.stringify(metadata), customer_email: null };
}
