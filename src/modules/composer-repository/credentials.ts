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
import { CredentialCache } from "./credential-cache.ts";
import { createTokenChanges } from "./token-changes.ts";

/** Secrets that nobody has, of which it is remembered: about 2 MB. */
const UNKNOWN_MAX = 10_000;

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

/** What is known of a token before its grants are read. */
export type KnownToken = Pick<Credential, "tokenId" | "shop" | "rateLimitMax" | "rotated">;

/** A token that has used up its limit: its grants were not read. */
export interface LimitedToken extends KnownToken {
  isLimited: true;
}

/** Resolves `Authorization` headers to credentials. */
export interface Credentials {
  /** Without waiting; undefined when it must be looked up. */
  cached(authorization: string): Credential | CredentialProblem | undefined;
  /**
   * What it finds may have been overtaken by a change: ask {@link Credentials.isInForce}. Grants can be many, and are
   * not read for a token of which `isPastLimit` is true.
   */
  resolve(
    authorization: string | undefined,
    isPastLimit?: (token: KnownToken) => boolean,
  ): Promise<Credential | CredentialProblem | LimitedToken>;
  /** False once the token was changed, was revoked or expired: whoever waited for something asks before answering. */
  isInForce(credential: Credential): boolean;
}

export function createCredentials(deps: { database: Database; clock: Clock }): Credentials {
  const { db } = deps.database;
  const cache = new CredentialCache<Credential>();
  const changes = createTokenChanges(deps.database.changes);
  /** Hashes that no token has, and when that was read: any change may be the token's creation. */
  const unknown = new LRUCache<string, number>({ max: UNKNOWN_MAX });
  const rows = createSharedReads<FoundToken | undefined>();
  const credentials = createSharedReads<Credential>();
  const kept = (hash: string): Credential | CredentialProblem | undefined => {
    const credential = cache.get(hash);
    if (credential === undefined) return unknown.get(hash) === changes.now() ? { problem: "unknown" } : undefined;
    if (changes.isCurrent(credential)) return unlessExpired(credential, nowSeconds(deps.clock));
    cache.forget(hash);
    return undefined;
  };
  return {
    cached(authorization) {
      const known = cache.hashOf(authorization);
      if (known !== undefined) return kept(known);
      const secret = readSecret(authorization);
      if (typeof secret !== "string") return secret;
      const hash = hashSecret(secret);
      const found = kept(hash);
      if (found !== undefined) cache.learn(authorization, hash);
      return found;
    },
    async resolve(authorization, isPastLimit = () => false) {
      const secret = readSecret(authorization);
      if (typeof secret !== "string") return secret;
      const [hash, readAt, sent] = [hashSecret(secret), changes.now(), lastFour(secret)];
      // Composer opens a dozen connections at once: whoever comes while nothing changed gets what is read already.
      const found = await rows(`${readAt} ${hash}`, () => findBySecret(deps.database, hash));
      if (found === undefined) {
        unknown.set(hash, readAt);
        return { problem: "unknown" };
      }
      const problem = problemOf(found, sent);
      if (problem !== undefined) return problem;
      const token = { ...toToken(found), lastFour: sent };
      const isOver = "problem" in unlessExpired(token, nowSeconds(deps.clock));
      if (!isOver && isPastLimit(token)) return { ...token, isLimited: true };
      const credential = await credentials(`${readAt} ${hash}`, async () => {
        const grants = await listEffectiveGrants(db, found.row);
        return { ...token, ...toAccess(found.row, grants), readAt };
      });
      // What a change overtook while we read may be kept: it is older than the change, and void by that.
      cache.keep(hash, credential);
      if (authorization !== undefined) cache.learn(authorization, hash);
      return unlessExpired(credential, nowSeconds(deps.clock));
    },
    isInForce: (credential) =>
      changes.isCurrent(credential) && !("problem" in unlessExpired(credential, nowSeconds(deps.clock))),
  };
}

/** One read for all who ask the same while it is under way. */
function createSharedReads<T>(): (question: string, read: () => Promise<T>) => Promise<T> {
  const underWay = new Map<string, Promise<T>>();
  return async (question, read) => {
    const before = underWay.get(question);
    if (before !== undefined) return await before;
    const reading = read();
    underWay.set(question, reading);
    try {
      return await reading;
    } finally {
      underWay.delete(question);
    }
  };
}

/** What of a token is known without its grants. */
type TokenFacts = KnownToken & Pick<Credential, "lastFour" | "expiresAt" | "endsAt">;

function unlessExpired<T extends TokenFacts>(credential: T, now: number): T | CredentialProblem {
  const { rotated } = credential;
  if (rotated !== undefined && rotated.endsAt <= now) {
    return { problem: "rotated", at: rotated.endsAt, lastFour: credential.lastFour, shop: credential.shop };
  }
  if (credential.endsAt === null || credential.endsAt > now) return credential;
  const { tokenId, shop, lastFour, expiresAt, endsAt } = credential;
  return { problem: "expired", at: expiresAt ?? endsAt, lastFour, tokenId, shop };
}

/** A token by its secret, or by one of its that was replaced. */
interface FoundToken {
  row: TokenRow;
  rotated: Credential["rotated"];
}

async function findBySecret({ db }: Pick<Database, "db">, secretHash: string): Promise<FoundToken | undefined> {
  const current = await findTokenByHash(db, secretHash);
  if (current !== undefined) return { row: current, rotated: undefined };
  const before = await findRotatedSecret(db, "token", secretHash);
  if (typeof before?.token !== "string") return undefined;
  const row = await findTokenById(db, before.token);
  return row && { row, rotated: { secretHash, endsAt: before.expires_at } };
}

/** `sent` is of the secret that was sent, which after a rotation is not the token's own. */
function problemOf({ row }: FoundToken, sent: string): CredentialProblem | undefined {
  const ended = { lastFour: sent, tokenId: row.id, shop: row.shop };
  if (row.revoked_at !== null) return { problem: "revoked", ...ended };
  if (row.suspended_at !== null) return { problem: "suspended", ...ended };
  return undefined;
}

function toToken({ row, rotated }: FoundToken): Omit<TokenFacts, "lastFour"> {
  return {
    tokenId: row.id,
    shop: row.shop,
    rotated,
    // What was sold with a line ends there; the token is for all that its customer has.
    expiresAt: row.order_line === null ? row.expires_at : null,
    endsAt: row.order_line === null ? trueEnd(row.expires_at, row.grace_days) : null,
    rateLimitMax: row.rate_limit_max,
  };
}

function toAccess(row: TokenRow, grants: GrantRow[]): Pick<Credential, "grants" | "hasGrace" | "namesKey"> {
  const named = grants.map((grant) => JSON.stringify([grant.package_pattern, grant.starts_at]));
  return {
    grants: grants.flatMap((grant) => compileGrant(grant) ?? []),
    hasGrace: row.grace_days > 0 || grants.some((grant) => grant.grace_days > 0),
    // Lapsed names are listed too, so neither an end nor a revocation matters here.
    namesKey: [...new Set(named)].sort().join(""),
  };
}
