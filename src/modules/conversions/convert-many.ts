import { sql } from "kysely";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { previewAccess } from "../moves/index.ts";
import type { AccessChange } from "../moves/index.ts";
import type { TokenRow } from "../tokens/index.ts";
import { convert, convertToken } from "./convert-token.ts";
import type { ConversionDeps, ConvertedToken } from "./convert-token.ts";
import { withOthers } from "./with-others.ts";

/** A token that cannot be converted, and why. */
export interface Refusal {
  id: string;
  reason: string;
}

/** Nobody is asked about many tokens at once. */
const NOBODY_SAID_SO = { isSamePerson: false };

/**
 * What a management token (its id) sold that opens its own packages only, oldest first; of those some, where ids are
 * given. Project tokens are for a part, and revoked ones for nothing.
 */
export async function listConvertible(
  db: Db,
  { madeBy, ids }: { madeBy: string | undefined; ids: readonly string[] },
): Promise<TokenRow[]> {
  let query = db
    .selectFrom("tokens")
    .selectAll()
    .where("order_line", "is", null)
    .where("access", "!=", "project")
    .where("revoked_at", "is", null)
    // One that reads its customer's grants, and has none of its own, has nothing to convert.
    .where((e) =>
      e.or([
        e("access", "=", "own"),
        e(
          "id",
          "in",
          e.selectFrom("grants").select("token").where("token", "is not", null).$castTo<{ token: string }>(),
        ),
      ]),
    );
  if (madeBy !== undefined) query = query.where("created_by", "=", madeBy);
  if (ids.length > 0) query = query.where("id", "in", [...ids]);
  return await query.orderBy("created_at").orderBy("id").execute();
}

/** What each token of one customer opens differently when all of these are converted. Changes nothing. */
export async function previewMany(
  deps: ConversionDeps,
  caller: Caller,
  rows: readonly TokenRow[],
): Promise<{ changes: AccessChange[]; refused: Refusal[] }> {
  const refused: Refusal[] = [];
  const changes = await previewAccess(deps, async (silent, trx, changed, measure) => {
    // A transaction can run again.
    refused.length = 0;
    await measure([], await withOthers(trx, caller, rows));
    for (const { id } of rows) {
      await sql`savepoint before_conversion`.execute(trx);
      try {
        await convert({ ...silent, lines: deps.lines }, trx, changed, caller, id, NOBODY_SAID_SO);
        await sql`release savepoint before_conversion`.execute(trx);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        await sql`rollback to savepoint before_conversion`.execute(trx);
        refused.push({ id, reason: error.message });
      }
    }
  });
  return { changes, refused };
}

/** Converts each token by itself, with its audit record; what cannot be converted stays as it is. */
export async function convertMany(
  deps: ConversionDeps,
  caller: Caller,
  rows: readonly TokenRow[],
  reason: string | undefined,
): Promise<{ converted: ConvertedToken[]; refused: Refusal[] }> {
  const converted: ConvertedToken[] = [];
  const refused: Refusal[] = [];
  for (const { id } of rows) {
    try {
      converted.push(await convertToken(deps, caller, id, { ...NOBODY_SAID_SO, reason }));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      refused.push({ id, reason: error.message });
    }
  }
  return { converted, refused };
}
