import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { tokenGoesOn, readGivenGrants } from "../grants/index.ts";
import { presentToken } from "./token-presenter.ts";
import type { PresentedToken } from "./token-presenter.ts";
import { visibleTokens } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";

type Visibility = Pick<Caller, "shop" | "packageBound">;

/** The customer's (`customers.id`) tokens that work, as far as the caller sees them; newest first. */
async function listLiveTokens(db: Db, caller: Visibility, customer: string, now: number): Promise<TokenRow[]> {
  const rows = await db
    .selectFrom("tokens")
    .selectAll()
    .$call(visibleTokens(caller))
    .where("customer", "=", customer)
    .where("access", "!=", "project")
    .where("revoked_at", "is", null)
    .where("suspended_at", "is", null)
    .where(tokenGoesOn(now))
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .execute();
  return rows;
}

/** More than anybody compares. */
const SEEN_MAX = 200;

/** Of a customer (`customers.id`), what the caller sees of the tokens that are not revoked; oldest first. */
export async function listVisibleTokensOfCustomer(db: Db, caller: Visibility, customer: string): Promise<TokenRow[]> {
  return await db
    .selectFrom("tokens")
    .selectAll()
    .$call(visibleTokens(caller))
    .where("customer", "=", customer)
    .where("revoked_at", "is", null)
    .orderBy("created_at")
    .orderBy("id")
    .limit(SEEN_MAX)
    .execute();
}

/**
 * The token by which a customer reads all that is granted to it within the caller's bound; the customer is held, so
 * that of two first orders at once one makes it. One of a narrower bound reads less.
 */
export async function findCredentialOfCustomer(
  trx: Db,
  caller: Visibility,
  customer: string,
  now: number,
): Promise<PresentedToken | undefined> {
  const rows = await listLiveTokens(trx, caller, customer, now);
  for (const row of rows.filter(({ access }) => access === "customer")) {
    if (await hasBound(trx, row.id, caller.packageBound)) {
      return presentToken(row, await readGivenGrants(trx, row), now);
    }
  }
  return undefined;
}

/** Of a token that reads all of its customer: which others do not, so that the buyer needs both. */
export async function warnOfOtherTokens(db: Db, caller: Visibility, row: TokenRow, now: number): Promise<string[]> {
  if (row.customer === null) return [];
  const others = await listLiveTokens(db, caller, row.customer, now);
  return others
    .filter(({ id, access }) => id !== row.id && access === "own")
    .map(
      ({ id, last_four }) =>
        `The token …${last_four} (${id}) of this customer opens its own packages still, and nothing else; only it opens those. Convert it too.`,
    );
}

async function hasBound(db: Db, token: string, bound: readonly string[] | null): Promise<boolean> {
  const rows = await db.selectFrom("token_scopes").select("package_pattern").where("token", "=", token).execute();
  const scope = rows.map(({ package_pattern }) => package_pattern).sort();
  return JSON.stringify(scope) === JSON.stringify([...(bound ?? [])].sort());
}

/**
 * Says that the customer of a new token has one already: composer keeps one credential for a host, so that with the
 * new one configured what only the other one opens is refused. Nothing where both read all that the customer has.
 */
export async function warnOfSecondToken(db: Db, caller: Visibility, row: TokenRow, now: number): Promise<string[]> {
  if (row.customer === null || row.access === "project") return [];
  const others = (await listLiveTokens(db, caller, row.customer, now)).filter(({ id }) => id !== row.id);
  const [other] = others.filter(({ access }) => row.access !== "customer" || access !== "customer");
  if (other === undefined) return [];
  return [
    `This customer has the token …${other.last_four} already, and composer keeps one credential per host: with this one configured, what only the other one opens is refused. One credential per customer avoids that.`,
  ];
}
