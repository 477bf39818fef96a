import { nowSeconds } from "../../platform/clock.ts";
import { unlessStorageFails } from "../../platform/database/index.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database, Db } from "../../schema.ts";
import { accessTo, compileGrant, listEffectiveGrants, opensPackage } from "../grants/index.ts";
import { onlyOfBuyer } from "../tokens/index.ts";
import { listOtherTokens } from "./composer-repository-queries.ts";

/**
 * What else a customer has whose token was refused something: composer keeps one credential per host, and with the
 * wrong one of two configured "buy it" would be of what they own. Asked for refusals only, of a customer's own tokens;
 * who holds a project token is told of nobody's others.
 */
export interface OtherTokens {
  /** The last four characters of the newest other one that works; undefined where there is none. */
  working(tokenId: string): Promise<string | undefined>;
  /** The same of one that opens the package, if only some of its versions. */
  opening(tokenId: string, packageName: string): Promise<string | undefined>;
}

export function createOtherTokens({ database, clock }: { database: Pick<Database, "db">; clock: Clock }): OtherTokens {
  const { db } = database;
  return {
    // What is refused is refused without a database as well, in fewer words.
    working: (tokenId) =>
      unlessStorageFails(async () => (await listOwnOthers(db, tokenId, nowSeconds(clock)))[0]?.last_four),
    opening: (tokenId, packageName) =>
      unlessStorageFails(async () => {
        const now = nowSeconds(clock);
        for (const token of await listOwnOthers(db, tokenId, now)) {
          const grants = (await listEffectiveGrants(db, token)).flatMap((row) => compileGrant(row) ?? []);
          if (opensPackage(accessTo(grants, packageName, now))) return token.last_four;
        }
        return undefined;
      }),
  };
}

/** Of the same person only: an address that nobody confirmed to be the customer's may be another one's. */
async function listOwnOthers(db: Db, tokenId: string, now: number) {
  const all = await listOtherTokens(db, tokenId, now);
  const [first] = all;
  if (first === undefined) return [];
  return (await onlyOfBuyer(db, { customer: first.customer, email: first.email_of_mine }, all)).rows;
}
