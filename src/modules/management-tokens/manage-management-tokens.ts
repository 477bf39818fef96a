import { nowSeconds } from "../../platform/clock.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { hashSecret, lastFour, newSecret } from "../../platform/crypto/secrets.ts";
import { AppError, invalidField } from "../../platform/errors.ts";
import type { Database } from "../../schema.ts";
import { closeEntriesAbout } from "../attention/index.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import { insertShopIfMissing } from "../customers/index.ts";
import type { Stability } from "../../composer/index.ts";
import { GRACE_DAYS_MAX, readPatterns } from "../grants/index.ts";
import { endRotatedSecrets } from "../rotated-secrets/index.ts";
import { countEnabledWebhooksOf } from "../webhooks/index.ts";
import { getManagementTokenForChange } from "./find-management-token.ts";
import { presentManagementToken } from "./management-token-presenter.ts";
import type { ManagementTokenSummary } from "./management-token-presenter.ts";
import {
  insertManagementToken,
  listManagementTokenRows,
  markManagementTokenRevoked,
} from "./management-token-queries.ts";
import { refuseForeignBound, refuseForeignNetworks, refuseForeignScopes, refuseForeignShop } from "./own-limits.ts";
import type { Grantor } from "./own-limits.ts";
import { EXPIRING } from "./tell-expiry.ts";
import { readNetworks } from "./token-networks.ts";
import type { Caller } from "../callers/index.ts";
import { SCOPES, isScope } from "../callers/index.ts";

export interface ManagementTokenDeps extends AuditDeps {
  database: Pick<Database, "db" | "engine" | "transaction">;
}

export interface NewManagementToken {
  name: string;
  scopes: string[];
  /** Default: the caller's own, and `default` for the command line. */
  shop?: string | undefined;
  /** Grant patterns; absent or empty means everything that the caller may grant. */
  prefixes?: string[] | undefined;
  /** Addresses and CIDR ranges it may be used from; absent or empty means everywhere the caller may be. */
  allowedNetworks?: string[] | undefined;
  /** Unix seconds. */
  expiresAt?: number | undefined;
  /** A sale that does not say otherwise makes at most one token for its order, or its customer. */
  uniqueBy?: "order" | "customer" | undefined;
  /** `customer`: what is sold becomes a line of the customer's order, and its tokens open all of it. */
  credential?: "customer" | undefined;
  /** A sale that does not say otherwise mails its customer. */
  notify?: boolean | undefined;
  /** For how many days what is sold goes on after its end, where a sale does not say so itself. */
  graceDays?: number | undefined;
  /** Versions as stable as this, or more, are sold, where a sale does not say so itself; absent: all. */
  stability?: Stability | undefined;
}

const SHOP_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Makes the credential a shop calls the Management API with (spec: Step 1). The secret is returned once. */
export async function createManagementToken(
  deps: ManagementTokenDeps,
  caller: Grantor,
  input: NewManagementToken,
): Promise<{ id: string; secret: string; isUnbounded: boolean; token: ManagementTokenSummary }> {
  const name = readName(input.name);
  const scopes = readScopes(input.scopes);
  const shop = input.shop ?? caller.shop ?? "default";
  if (!SHOP_NAME.test(shop)) {
    throw invalidField("/shop", "must be 1 to 64 lower-case letters, digits, _ or -, beginning with a letter or digit");
  }
  const bound = readBound(input.prefixes) ?? (caller.packageBound === null ? null : [...caller.packageBound]);
  refuseForeignScopes(caller, scopes);
  refuseForeignShop(caller, shop);
  refuseForeignBound(caller, bound);
  const networks = readNetworks(input.allowedNetworks) ?? caller.networks ?? null;
  refuseForeignNetworks(caller, networks);
  const now = nowSeconds(deps.clock);
  refuseExpiry(input.expiresAt, now);
  refuseGraceDays(input.graceDays);
  const secret = newSecret("pbm");
  const id = newId("mgmt");
  const row = {
    ...{ id, name, shop, secret_hash: hashSecret(secret), last_four: lastFour(secret) },
    scopes: JSON.stringify(scopes),
    package_bound: bound === null ? null : JSON.stringify(bound),
    allowed_networks: networks === null ? null : JSON.stringify(networks),
    ...{ unique_by: input.uniqueBy ?? null, notify: input.notify === true ? 1 : 0 },
    ...{ credential: input.credential ?? null, grace_days: input.graceDays ?? null },
    stability: input.stability ?? null,
    expires_at: input.expiresAt ?? null,
    created_by: caller.actor.id ?? caller.actor.kind,
    created_at: now,
    revoked_at: null,
    last_used_at: null,
    last_used_address: null,
    expiry_told: null,
  };
  await deps.database.transaction(async (trx, changed) => {
    await insertShopIfMissing(trx, shop, now);
    await insertManagementToken(trx, row);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "management_token.created",
      target: { kind: "management_token", id },
      shop,
      details: {
        after: {
          ...{ name, scopes, package_bound: bound, expires_at: input.expiresAt ?? null },
          ...{ unique_by: row.unique_by, credential: row.credential, notify: row.notify === 1 },
          ...(networks === null ? {} : { allowed_networks: networks }),
          ...(row.grace_days === null ? {} : { grace_days: row.grace_days }),
          ...(row.stability === null ? {} : { stability: row.stability }),
        },
      },
    });
    changed(`management_token:${id}`);
  });
  return { id, secret, isUnbounded: bound === null, token: presentManagementToken(row, now) };
}

/** What people see in lists; throws `request.invalid`. */
export function readName(text: string): string {
  const name = text.trim();
  if (name === "" || name.length > 200) throw invalidField("/name", "must have 1 to 200 characters");
  if (/\p{Cc}|\p{Cs}/u.test(name)) throw invalidField("/name", "must not contain control characters");
  return name;
}

const LATEST = 99_999_999_999;

/** Unlike a customer's token, one that has ended already is a mistake. */
function refuseExpiry(expiresAt: number | undefined, now: number): void {
  if (expiresAt === undefined) return;
  if (!Number.isInteger(expiresAt)) throw invalidField("/expires_at", "must be a whole number of Unix seconds");
  if (expiresAt > LATEST) throw invalidField("/expires_at", "looks like milliseconds; give Unix seconds");
  if (expiresAt <= now) throw invalidField("/expires_at", "is already past");
}

function refuseGraceDays(days: number | undefined): void {
  if (days === undefined || (Number.isInteger(days) && days >= 0 && days <= GRACE_DAYS_MAX)) return;
  throw invalidField("/grace_days", `must be a whole number of days from 0 to ${GRACE_DAYS_MAX}`);
}

function readScopes(texts: string[]): string[] {
  const unknown = texts.filter((text) => !isScope(text));
  if (unknown.length > 0) {
    throw invalidField("/scopes", `has the unknown scope ${unknown.join(", ")}; known are ${SCOPES.join(", ")}`);
  }
  if (texts.length === 0) throw invalidField("/scopes", "must name at least one scope");
  return [...new Set(texts)];
}

function readBound(prefixes: string[] | undefined): string[] | null {
  if (prefixes === undefined || prefixes.length === 0) return null;
  const { patterns, errors } = readPatterns(prefixes, "/package_bound");
  if (errors.length > 0) {
    const first = errors.map((error) => `${error.pointer} ${error.detail}`).join("; ");
    throw new AppError("request.invalid", first, { errors });
  }
  return patterns;
}

/** Oldest first. */
export async function listManagementTokens(
  deps: Pick<ManagementTokenDeps, "database" | "clock">,
): Promise<ManagementTokenSummary[]> {
  const rows = await listManagementTokenRows(deps.database.db);
  return rows.map((row) => presentManagementToken(row, nowSeconds(deps.clock)));
}

/**
 * In force with the next request. Repeating it changes nothing. Webhooks that it made go on, because they are the
 * shop's; how many is returned, for whoever revokes a token that leaked.
 */
export async function revokeManagementToken(
  deps: ManagementTokenDeps,
  caller: Caller,
  id: string,
): Promise<{ enabledWebhooks: number }> {
  const now = nowSeconds(deps.clock);
  return await deps.database.transaction(async (trx, changed) => {
    const row = await getManagementTokenForChange(trx, deps.database.engine, caller, id);
    const enabledWebhooks = await countEnabledWebhooksOf(trx, id);
    if (!(await markManagementTokenRevoked(trx, id, now))) return { enabledWebhooks };
    await endRotatedSecrets(trx, { kind: "management_token", id }, now);
    await closeEntriesAbout(trx, { kind: EXPIRING, subject: "management_token", ids: [id] }, now);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "management_token.revoked",
      target: { kind: "management_token", id },
      shop: row.shop,
      details: { before: { status: presentManagementToken(row, now).status }, after: { status: "revoked" } },
    });
    changed(`management_token:${id}`);
    return { enabledWebhooks };
  });
}
