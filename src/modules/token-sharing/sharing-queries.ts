import type { Db } from "../../schema.ts";
import { visibleTokens } from "../tokens/index.ts";

/** How far a caller sees. */
interface Visibility {
  shop: string | null;
  packageBound: readonly string[] | null;
}

export interface SharingRow {
  token: string;
  suspected_at: number;
  networks: number;
  days: number;
  dismissed_at: number | null;
  shop: string;
  customer_id: string | null;
  last_four: string;
  description: string;
}

export interface SharingFilter {
  token?: string | undefined;
  /** `customers.id`. */
  customer?: string | undefined;
  status: "open" | "dismissed" | "all";
  /** Only suspicions from this second on. */
  since: number;
  after?: { at: number; id: string } | undefined;
  limit: number;
}

function selectSharing(db: Db, visibility: Visibility) {
  // By its id alone, so that what is visible is asked of each row found, not of every token.
  const visible = db.selectFrom("tokens").select("tokens.id").$call(visibleTokens(visibility));
  return db
    .selectFrom("token_sharing")
    .innerJoin("tokens as t", "t.id", "token_sharing.token")
    .leftJoin("customers as c", "c.id", "t.customer")
    .select([
      ...(["token_sharing.token", "token_sharing.suspected_at", "token_sharing.networks"] as const),
      ...(["token_sharing.days", "token_sharing.dismissed_at", "t.shop", "t.last_four", "t.description"] as const),
      "c.customer_id",
    ])
    .$if(visibility.shop !== null || visibility.packageBound !== null, (query) =>
      query.where("token_sharing.token", "in", visible),
    );
}

/** The newest suspicion first, of tokens that are not revoked. */
export async function listSharingRows(db: Db, visibility: Visibility, filter: SharingFilter): Promise<SharingRow[]> {
  let query = selectSharing(db, visibility)
    .where("t.revoked_at", "is", null)
    .where("token_sharing.suspected_at", ">=", filter.since)
    .orderBy("token_sharing.suspected_at", "desc")
    .orderBy("token_sharing.token", "desc");
  if (filter.token !== undefined) query = query.where("token_sharing.token", "=", filter.token);
  if (filter.customer !== undefined) query = query.where("t.customer", "=", filter.customer);
  if (filter.status !== "all") {
    query = query.where("token_sharing.dismissed_at", filter.status === "open" ? "is" : "is not", null);
  }
  if (filter.after !== undefined) {
    const { at, id } = filter.after;
    query = query
      .where("token_sharing.suspected_at", "<=", at)
      .where((where) =>
        where.or([where("token_sharing.suspected_at", "<", at), where("token_sharing.token", "<", id)]),
      );
  }
  return await query.limit(filter.limit).execute();
}

export async function findSharingRow(db: Db, visibility: Visibility, token: string): Promise<SharingRow | undefined> {
  return await selectSharing(db, visibility).where("token_sharing.token", "=", token).executeTakeFirst();
}

/** True when this call is the one that dismissed it. What was seen until then is in order from now on. */
export async function markDismissed(db: Db, token: string, now: number): Promise<boolean> {
  const result = await db
    .updateTable("token_sharing")
    .set((set) => ({ dismissed_at: now, accepted_networks: set.ref("networks") }))
    .where("token", "=", token)
    .where("dismissed_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
