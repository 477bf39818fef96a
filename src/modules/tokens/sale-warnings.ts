import type { Database, Db } from "../../schema.ts";
import type { Caller, Principal } from "../callers/index.ts";
import { isMailAddress } from "../../platform/mail/index.ts";
import { hasEnded, isInGrace, listEffectiveGrants, readPatterns } from "../grants/index.ts";
import type { CustomerBudgets } from "../grants/index.ts";
import { splitByBound, warningsOfBound, warningsOfHosting, warningsOfRequired } from "../requirements/index.ts";
import type { Requirements, SoldTerms, SplitRequirements } from "../requirements/index.ts";
import type { TokenMetadata } from "./token-metadata.ts";
import type { TokenRow } from "./token-queries.ts";
import type { CreateTokenBody, UpdateTokenBody } from "./token-schemas.ts";
import { readTerms, termsBySetting } from "./token-terms.ts";
import type { TermsInput } from "./token-terms.ts";

export interface SaleNeedDeps {
  database: Pick<Database, "db">;
  requirements: Requirements;
  budgets: CustomerBudgets;
}

/** What is known of what a sale needs besides, before its transaction begins: on SQLite everybody waits for that. */
export interface SaleNeeds {
  required: SplitRequirements;
  /** Packages granted along. */
  dependencies: string[];
  /** What nobody hosts, in words. */
  hosting: string[];
}

export const NO_NEEDS: SaleNeeds = { required: { inside: [], outside: [] }, dependencies: [], hosting: [] };

type SoldBody = TermsInput & Pick<CreateTokenBody, "allowed_package_prefixes" | "with_dependencies">;

/** Reads only; what is wrong with the body is told by the sale itself. */
export async function readSaleNeeds(
  deps: SaleNeedDeps,
  caller: Pick<Principal, "packageBound" | "saleDefaults">,
  body: SoldBody,
): Promise<SaleNeeds> {
  const { packageBound } = caller;
  const sold = readSold(deps, caller, body);
  if (sold === undefined) return NO_NEEDS;
  const required = splitByBound(packageBound, await deps.requirements.outsideOf(sold));
  return {
    required,
    dependencies: body.with_dependencies === true ? required.inside.map(({ name }) => name) : [],
    hosting: await warningsOfHosting(deps.database.db, deps.requirements, packageBound, sold),
  };
}

/** The same of a change that names packages. */
export async function readChangeNeeds(
  deps: SaleNeedDeps,
  caller: Pick<Principal, "packageBound" | "saleDefaults">,
  { allowed_package_prefixes, updates_until, constraint, stability }: UpdateTokenBody,
): Promise<SaleNeeds> {
  if (allowed_package_prefixes === undefined || allowed_package_prefixes === null) return NO_NEEDS;
  const named = { allowed_package_prefixes, updates_until, constraint, stability };
  return await readSaleNeeds(deps, caller, named);
}

/** What the body names; a sale of all that the management token may grant misses nothing that could be added. */
function readSold(
  { budgets }: Pick<SaleNeedDeps, "budgets">,
  caller: Pick<Principal, "saleDefaults">,
  body: SoldBody,
): SoldTerms | undefined {
  const { patterns, errors } = readPatterns(body.allowed_package_prefixes ?? [], "");
  const bySetting = termsBySetting(caller);
  const terms = readTerms(body, bySetting, bySetting, errors, budgets);
  if (errors.length > 0 || patterns.length === 0) return undefined;
  return { patterns, ...terms };
}

/** What of a new token may not be meant, or will keep its buyer from installing what was sold. */
export async function warningsOfSale(
  trx: Db,
  caller: Pick<Caller, "packageBound">,
  row: TokenRow,
  { needs, metadata, now }: { needs: SaleNeeds; metadata: TokenMetadata; now: number },
): Promise<string[]> {
  const grants = needs.required.inside.length === 0 ? [] : await listEffectiveGrants(trx, row);
  return [
    ...warningsOfEnd(row, now),
    ...warningsOfAddress(metadata),
    ...needs.hosting,
    ...warningsOfRequired(needs.required.inside, { grants, whose: "token", now }),
    ...warningsOfBound(caller.packageBound, needs.required.outside),
  ];
}

/** What of a change may not be meant. */
export async function warningsOfChange(
  trx: Db,
  caller: Pick<Caller, "packageBound">,
  { before, after }: { before: TokenRow; after: TokenRow },
  change: { needs: SaleNeeds; metadata: TokenMetadata | undefined; movesEnd: boolean; now: number },
): Promise<string[]> {
  const { needs, metadata, movesEnd, now } = change;
  const grants = needs.required.inside.length === 0 ? [] : await listEffectiveGrants(trx, after);
  const warnings = [
    ...needs.hosting,
    ...warningsOfRequired(needs.required.inside, { grants, whose: "token", now }),
    ...warningsOfBound(caller.packageBound, needs.required.outside),
  ];
  if (movesEnd) warnings.push(...warningsOfEnd(after, now));
  if (metadata !== undefined) warnings.push(...warningsOfAddress(metadata));
  if (before.customer !== null && after.customer === null) {
    warnings.push(
      "This token has no customer any more: metadata is replaced as a whole, and there was no customer_id in it. Whoever lists or revokes what the customer has does not find it.",
    );
  }
  if (before.order_id !== null && after.order_id === null) {
    warnings.push(
      "This token has no order any more: metadata is replaced as a whole, and there was no order_id in it. Whoever lists or revokes the order does not find it.",
    );
  }
  return warnings;
}

/** Of a token whose end is past. */
export function warningsOfEnd(row: TokenRow, now: number): string[] {
  const end = row.expires_at;
  if (end === null || end > now) return [];
  if (hasEnded(row, now)) {
    // The token of a line is for all that its customer has.
    const what = row.order_line === null ? "This token has" : "What this sale brought has";
    return [`${what} expired already: expires_at is ${end}, and it is ${now}. It opens nothing.`];
  }
  if (!isInGrace(row, now)) return [];
  return [
    `The end of this token is past, and it goes on for its ${row.grace_days} days of grace: to end it now, send "grace_days": 0 or revoke it.`,
  ];
}

/** Of metadata as they come with a sale or a change. */
export function warningsOfAddress({ customerEmail }: TokenMetadata): string[] {
  if (customerEmail === undefined || isMailAddress(customerEmail.trim())) return [];
  return ["metadata.customer_email is no e-mail address: no mail can be sent to it."];
}
