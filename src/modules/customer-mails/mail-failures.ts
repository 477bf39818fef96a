import type { Clock } from "../../platform/clock.ts";
import type { Db, MailKind } from "../../schema.ts";
import { closeEntriesAbout, raiseAttention } from "../attention/index.ts";
import { emitNotice } from "../notices/index.ts";
import { listOpenFailures, settleFailures } from "./failure-queries.ts";
import type { Failure } from "./failure-queries.ts";
import type { MailRow } from "./mail-queries.ts";

const SUBJECT = { kind: "mail.failed", subject: "mail" } as const;

/** Tells of a mail that failed for good, in the transaction that notes it: what needs attention, and webhooks. */
export async function noteFailure(
  deps: { clock: Clock },
  trx: Db,
  mail: Pick<MailRow, "id" | "kind" | "shop" | "customer" | "token" | "order_id">,
  detail: string | null,
): Promise<void> {
  const { id, kind, shop, customer, token } = mail;
  await raiseAttention(deps, trx, {
    ...{ kind: "mail.failed", shop, customer, subject: { kind: "mail", id } },
    details: { mail: kind, token, detail },
  });
  const data = { id, kind, token_id: token, detail };
  await emitNotice(deps, trx, { type: "mail.failed", shop, data, customer, token });
}

/** A mail that failed is on its way again. */
export async function settleRetried(trx: Db, id: string, now: number): Promise<void> {
  await closeEntriesAbout(trx, { ...SUBJECT, ids: [id] }, now);
}

/**
 * What failed before this mail was sent is over, where it says as much to the same customer: a mail with a secret is
 * made up for by nothing but a later one with the secret of its token.
 */
export async function settleBySent(
  trx: Db,
  sent: Pick<MailRow, "kind" | "customer" | "token">,
  now: number,
): Promise<void> {
  const isMadeUpFor = (failed: Failure) =>
    failed.kind !== "ready" || (sent.kind === failed.kind && sent.token === failed.token);
  await settle(trx, (await listOpenFailures(trx, sent)).filter(isMadeUpFor), now);
}

/** There is nothing left to say of what failed about a token. */
export async function settleOfToken(trx: Db, token: string, kinds: readonly MailKind[], now: number): Promise<void> {
  const failures = await listOpenFailures(trx, { customer: null, token });
  await settle(
    trx,
    failures.filter(({ kind }) => kinds.includes(kind)),
    now,
  );
}

async function settle(trx: Db, failures: readonly Failure[], now: number): Promise<void> {
  if (failures.length === 0) return;
  const ids = failures.map(({ id }) => id);
  await settleFailures(trx, ids, now);
  await closeEntriesAbout(trx, { ...SUBJECT, ids }, now);
}
