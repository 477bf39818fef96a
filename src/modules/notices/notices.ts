import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { newTimeOrderedId } from "../../platform/crypto/ids.ts";
import type { Db } from "../../schema.ts";
import { insertNotice } from "./notice-queries.ts";

/** Something that other systems may want to be told of. */
export interface Notice {
  /** Such as `source.failing`. */
  type: string;
  /** null concerns every shop. */
  shop: string | null;
  /** Ids, names and settings; no secret and nothing that identifies a person. */
  data: Record<string, unknown>;
  /** `customers.id` and `tokens.id` of whom it is about. */
  customer?: string | null;
  token?: string | null;
  /** When it happened, where that is not now. */
  occurredAt?: number;
}

/**
 * Notes, in the transaction of the cause, what happened without an audit record: there is never one without the other.
 * What is audited needs no notice, because the records themselves are read (decision 0020).
 */
export async function emitNotice(deps: { clock: Clock }, trx: Db, notice: Notice): Promise<void> {
  await insertNotice(trx, {
    ...{ id: newTimeOrderedId("msg", deps.clock.nowMs()), type: notice.type, shop: notice.shop },
    ...{ customer: notice.customer ?? null, token: notice.token ?? null },
    ...{ occurred_at: notice.occurredAt ?? nowSeconds(deps.clock), data: JSON.stringify(notice.data) },
  });
}
