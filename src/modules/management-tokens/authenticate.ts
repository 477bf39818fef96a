import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import { hashSecret, kindOfSecret } from "../../platform/crypto/secrets.ts";
import { unlessStorageFails } from "../../platform/database/index.ts";
import { AppError } from "../../platform/errors.ts";
import type { Database } from "../../schema.ts";
import { findRotatedSecret, raiseSecretsLastUsed } from "../rotated-secrets/index.ts";
import { findManagementToken, findManagementTokenByHash, markManagementTokenUsed } from "./management-token-queries.ts";
import type { ManagementTokenRow } from "./management-token-queries.ts";
import { networksOf, refuseForeignAddress } from "./token-networks.ts";
import type { Principal } from "../callers/index.ts";
import { isScope } from "../callers/index.ts";

export interface AuthenticationDeps {
  database: Pick<Database, "db">;
  clock: Clock;
}

/** `last_used_at` is written at most this often, so that a busy shop does not cost a disk sync a request. */
const LAST_USED_STEP_SECONDS = 60;

/** The caller behind an `Authorization` header, or a 401 that says which of the many things is wrong. */
export async function authenticateManagementToken(
  deps: AuthenticationDeps,
  authorization: string | undefined,
  from: { address: string; requestId: string },
): Promise<Principal> {
  const secret = readBearer(authorization);
  const secretHash = hashSecret(secret);
  const now = nowSeconds(deps.clock);
  const current = await findManagementTokenByHash(deps.database.db, secretHash);
  const row = current ?? (await findByRotatedSecret(deps, secretHash, now));
  if (row === undefined) throw new AppError("auth.invalid", "This management token is unknown here.");
  refuseEnded(row, now);
  refuseForeignAddress(row, from.address);
  if (isDue(row.last_used_at, now)) {
    await unlessStorageFails(() => markManagementTokenUsed(deps.database.db, row.id, now, from.address));
  }
  return {
    actor: { kind: "management_token", id: row.id, requestId: from.requestId },
    shop: row.shop,
    packageBound: row.package_bound === null ? null : (JSON.parse(row.package_bound) as string[]),
    saleDefaults: {
      uniqueBy: row.unique_by,
      notify: row.notify === 1,
      credential: row.credential,
      graceDays: row.grace_days,
      stability: row.stability,
    },
    scopes: scopesOf(row),
    networks: networksOf(row),
  };
}

/** What a management token may do now; undefined once it was revoked or has expired. For answers that last. */
export async function scopesOfManagementToken(
  deps: AuthenticationDeps,
  id: string,
): Promise<Principal["scopes"] | undefined> {
  const row = await findManagementToken(deps.database.db, id);
  if (row?.revoked_at !== null) return undefined;
  return row.expires_at !== null && row.expires_at <= nowSeconds(deps.clock) ? undefined : scopesOf(row);
}

function scopesOf(row: ManagementTokenRow): Principal["scopes"] {
  return new Set((JSON.parse(row.scopes) as string[]).filter(isScope));
}

function isDue(lastUsedAt: number | null, now: number): boolean {
  return lastUsedAt === null || lastUsedAt + LAST_USED_STEP_SECONDS <= now;
}

/** The management token of a secret that was replaced, while it works still. */
async function findByRotatedSecret(
  { database: { db } }: AuthenticationDeps,
  secretHash: string,
  now: number,
): Promise<ManagementTokenRow | undefined> {
  const before = await findRotatedSecret(db, "management_token", secretHash);
  if (typeof before?.management_token !== "string") return undefined;
  const row = await findManagementToken(db, before.management_token);
  // A revoked token is told so, whichever secret it comes with.
  if (row?.revoked_at !== null) return row;
  if (before.expires_at <= now) {
    const date = new Date(before.expires_at * 1000).toISOString();
    throw new AppError("auth.rotated", `This management token was replaced by a new secret on ${date}; use that one.`);
  }
  if (isDue(before.last_used_at, now)) await unlessStorageFails(() => raiseSecretsLastUsed(db, [secretHash], now));
  return row;
}

function readBearer(authorization: string | undefined): string {
  if (authorization === undefined || authorization.trim() === "") {
    throw new AppError("auth.missing", "Log in, or send a management token: Authorization: Bearer pbm_…");
  }
  const match = /^bearer +(\S+) *$/i.exec(authorization);
  const secret = match?.[1];
  if (secret === undefined) {
    throw new AppError("auth.missing", "The Authorization header must read: Bearer pbm_… (a management token).");
  }
  const kind = kindOfSecret(secret);
  if (kind === "pbt") {
    throw new AppError(
      "auth.wrong_kind",
      "This is a Composer token (pbt_…), which only reads packages; the Management API takes a management token (pbm_…).",
    );
  }
  if (kind === undefined) {
    throw new AppError("auth.invalid", "This is not a management token: was pbm_… copied whole?");
  }
  return secret;
}

function refuseEnded(row: ManagementTokenRow, now: number): void {
  if (row.revoked_at !== null) throw new AppError("auth.revoked", "This management token was revoked.");
  if (row.expires_at !== null && row.expires_at <= now) {
    const date = new Date(row.expires_at * 1000).toISOString();
    throw new AppError("auth.expired", `This management token expired on ${date}; create a new one.`);
  }
}
