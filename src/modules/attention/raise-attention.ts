import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { newTimeOrderedId } from "../../platform/crypto/ids.ts";
import type { Db } from "../../schema.ts";
import { insertOrCountEntry } from "./attention-queries.ts";

/** What can need a look. Names are public: add freely, never rename. */
export type AttentionKind =
  /** The number of an order was sold to somebody else before. */
  | "order.another_buyer"
  /** A sale names a customer with an address that this customer never had: the same person? */
  | "customer.another_address"
  /** An order was paid for again after it had ended. */
  | "order.paid_after_end"
  /** The address of a request means one customer if read literally and another one if decoded. */
  | "customer.ambiguous_query"
  /** A mail to a customer was refused for good. */
  | "mail.failed"
  /** A customer token was found in public. */
  | "token.leaked"
  /** A management token was found in public. */
  | "management_token.leaked"
  /** The repository of a package calls it something else now. */
  | "package.renamed"
  /** A tag that looks like a release appeared, and is not published. */
  | "source.version_skipped"
  /** A management token that is in use expires soon. */
  | "management_token.expiring";

export interface NewAttention {
  kind: AttentionKind;
  shop: string | null;
  /** `customers.id` */
  customer: string | null;
  subject: { kind: string; id: string };
  /** Besides kind and subject what tells one from another; "" where there can be one only. */
  distinct?: string;
  /** Ids, names and settings; nothing that identifies a person. */
  details: Record<string, unknown>;
}

/** Asks for somebody's look, in the transaction of the cause. What is open already is counted once more. */
export async function raiseAttention(deps: { clock: Clock }, trx: Db, entry: NewAttention): Promise<void> {
  const now = nowSeconds(deps.clock);
  const { kind, shop, customer, subject, distinct = "", details } = entry;
  await insertOrCountEntry(trx, {
    id: newTimeOrderedId("attn", deps.clock.nowMs()),
    cause: JSON.stringify([kind, shop, subject.kind, subject.id, distinct]),
    ...{ kind, shop, customer, subject_kind: subject.kind, subject_id: subject.id },
    details: JSON.stringify(details),
    ...{ created_at: now, last_at: now, dismissed_at: null, dismissed_by: null },
  });
}
