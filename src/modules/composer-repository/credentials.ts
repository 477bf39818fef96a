import { LRUCache } from "lru-cache";
import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { hashSecret, lastFour } from "../../platform/crypto/secrets.ts";
import type { Database } from "../../schema.ts";
import { compileGrant, trueEnd, listEffectiveGrants } from "../grants/index.ts";
import type { Grant, GrantRow } from "../grants/index.ts";
import { findRotatedSecret } from "../rotated-secrets/index.ts";
import { findTokenById, findTokenByHash } from "../tokens/index.ts";
import type { TokenRow } from "../tokens/index.ts";
import { readSecret } from "./authorization-header.ts";
import type { UnreadableHeader } from "./authorization-header.ts";
import { createTokenChanges } from "./token-changes.ts";

/** Live credentials kept in memory, by their raw header (docs/decisions/0003): most take about 1 kB. */
const CREDENTIALS_MAX = 50_000;
const CREDENTIALS_BYTES_MAX = 64 * 1024 * 1024;
const CREDENTIAL_BYTES = 600;
const GRANT_BYTES = 400;
const HEADER_LENGTH_MAX = 1_000;

/** A token as the hot path needs it. */
export interface Credential {
  tokenId: string;
  shop: string;
  lastFour: string;
  /** As it was told. */
  expiresAt: number | null;
  /** When it really ends, after its days of grace. */
  endsAt: number | null;
  /** Of a secret that was replaced: until when it works still, and what its use is counted by. */
  rotated: { secretHash: string; endsAt: number } | undefined;
  rateLimitMax: number | null;
  grants: readonly Grant[];
  /** Whether it or one of its grants has days of grace at all; most have none. */
  hasGrace: boolean;
  /** Equal for tokens that see the same names; see the list of packages. */
  namesKey: string;
  /** The moment its look-up began; what was changed after it makes it void. */
  readAt: number;
}

/** A token that opens nothing, of which its customer may have others. */
interface EndedCredential {
  tokenId?: string;
  shop?: string;
  lastFour: string;
  /** The last four characters of another one that works; undefined where there is none, or nobody asked yet. */
  other?: string | undefined;
}

export type CredentialProblem =
  | UnreadableHeader
  | { problem: "unknown" }
  | ({ problem: "expired"; at: number } & EndedCredential)
  | ({ problem: "revoked" } & EndedCredential)
  | ({ problem: "suspended" } & EndedCredential)
  | { problem: "rotated"; at: number; lastFour: string; shop?: string };

/** Resolves `Authorization` headers to credentials. */
export interface Credentials {
  /** Without waiting; undefined when it must be looked up. */
  cached(authorization: string): Credential | CredentialProblem | undefined;
  /** What it finds may have been overtaken by a change: ask {@link Credentials.isInForce}. */
  resolve(authorization: string | undefined): Promise<Credential | CredentialProblem>;
  /** False once the token was changed, was revoked or expired: whoever waited for something asks before answering. */
  isInForce(credential: Credential): boolean;
}

export function createCredentials(deps: { database: Database; clock: Clock }): Credentials {
  const byHeader = new LRUCache<string, Credential>({
    max: CREDENTIALS_MAX,
    maxSize: CREDENTIALS_BYTES_MAX,
    sizeCalculation: ({ grants }, header) => CREDENTIAL_BYTES + header.length + grants.length * GRANT_BYTES,
  });
  const changes = createTokenChanges(deps.database.changes);
  return {
    cached(authorization) {
      const credential = byHeader.get(authorization);
      if (credential === undefined) return undefined;
      if (changes.isCurrent(credential)) return unlessExpired(credential, nowSeconds(deps.clock));
      byHeader.delete(authorization);
      return undefined;
    },
    async resolve(authorization) {
      const secret = readSecret(authorization);
      if (typeof secret !== "string") return secret;
      const found = await lookUp(deps.database, secret, changes.now());
      if ("problem" in found) return found;
      // What a change overtook while we read may be kept: it is older than the change, and void by that.
      if (authorization !== undefined && authorization.length <= HEADER_LENGTH_MAX) byHeader.set(authorization, found);
      return unlessExpired(found, nowSeconds(deps.clock));
    },
    isInForce: (credential) =>
      changes.isCurrent(credential) && !("problem" in unlessExpired(credential, nowSeconds(deps.clock))),
  };
}

function unlessExpired(credential: Credential, now: number): Credential | CredentialProblem {
  const { rotated } = credential;
  if (rotated !== undefined && rotated.endsAt <= now) {
    return { problem: "rotated", at: rotated.endsAt, lastFour: credential.lastFour, shop: credential.shop };
  }
  if (credential.endsAt === null || credential.endsAt > now) return credential;
  const { tokenId, shop, lastFour, expiresAt, endsAt } = credential;
  return { problem: "expired", at: expiresAt ?? endsAt, lastFour, tokenId, shop };
}

async function lookUp(database: Database, secret: string, readAt: number): Promise<Credential | CredentialProblem> {
  const found = await findBySecret(database, hashSecret(secret));
  if (found === undefined) return { problem: "unknown" };
  const { row, rotated } = found;
  // It names the secret that was sent, which after a rotation is not the token's own.
  const sent = lastFour(secret);
  const ended = { lastFour: sent, tokenId: row.id, shop: row.shop };
  if (row.revoked_at !== null) return { problem: "revoked", ...ended };
  if (row.suspended_at !== null) return { problem: "suspended", ...ended };
  const grants = await listEffectiveGrants(database.db, row);
  return { ...toCredential(row, grants, readAt), lastFour: sent, rotated };
}

/** The token of a secret, also of one that was replaced. */
async function findBySecret(
  { db }: Pick<Database, "db">,
  secretHash: string,
): Promise<{ row: TokenRow; rotated: Credential["rotated"] } | undefined> {
  const current = await findTokenByHash(db, secretHash);
  if (current !== undefined) return { row: current, rotated: undefined };
  const before = await findRotatedSecret(db, "token", secretHash);
  if (typeof before?.token !== "string") return undefined;
  const row = await findTokenById(db, before.token);
  return row && { row, rotated: { secretHash, endsAt: before.expires_at } };
}

function toCredential(row: TokenRow, grants: GrantRow[], readAt: number): Omit<Credential, "lastFour" | "rotated"> {
  const named = grants.map((grant) => JSON.stringify([grant.package_pattern, grant.starts_at]));
  return {
    tokenId: row.id,
    shop: row.shop,
    // What was sold with a line ends there; the token is for all that its customer has.
    expiresAt: row.order_line === null ? row.expires_at : null,
    endsAt: row.order_line === null ? trueEnd(row.expires_at, row.grace_days) : null,
    rateLimitMax: row.rate_limit_max,
    grants: grants.flatMap((grant) => compileGrant(grant) ?? []),
    hasGrace: row.grace_days > 0 || grants.some((grant) => grant.grace_days > 0),
    // Lapsed names are listed too, so neither an end nor a revocation matters here.
    namesKey: [...new Set(named)].sort().join(""),
    readAt,
  };
}
