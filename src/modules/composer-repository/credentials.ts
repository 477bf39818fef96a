import { LRUCache } from "lru-cache";
import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { hashSecret, kindOfSecret } from "../../platform/crypto/secrets.ts";
import { EVERYTHING } from "../../platform/database/index.ts";
import type { Database } from "../../schema.ts";
import { compileGrant, listGrantsOfCustomer, listGrantsOfToken } from "../grants/index.ts";
import type { Grant } from "../grants/index.ts";
import { findTokenByHash, tokenOfTopic } from "../tokens/index.ts";
import type { TokenRow } from "../tokens/index.ts";

/** Live credentials kept in memory, by their raw header (docs/decisions/0003): about 1 kB each. */
const CREDENTIALS_MAX = 50_000;
const HEADER_LENGTH_MAX = 1_000;

/** A token as the hot path needs it. */
export interface Credential {
  tokenId: string;
  lastFour: string;
  expiresAt: number | null;
  rateLimitMax: number | null;
  grants: readonly Grant[];
  /** Equal for tokens that see the same; see the list of packages. */
  grantsKey: string;
  /** Set when the token was changed or revoked after this was read. */
  isStale: boolean;
}

export type CredentialProblem =
  | { problem: "missing" | "unreadable" | "malformed" | "management_token" | "unknown" }
  | { problem: "expired"; at: number; lastFour: string }
  | { problem: "revoked"; lastFour: string };

/** Resolves `Authorization` headers to credentials. */
export interface Credentials {
  /** Without waiting; undefined when it must be looked up. */
  cached(authorization: string): Credential | CredentialProblem | undefined;
  resolve(authorization: string | undefined): Promise<Credential | CredentialProblem>;
}

export function createCredentials(deps: { database: Database; clock: Clock }): Credentials {
  const byHeader = new LRUCache<string, Credential>({ max: CREDENTIALS_MAX });
  const headersByToken = new Map<string, Set<string>>();
  /** Grows with every change, so that a look-up that began before a revocation is not kept after it. */
  let generation = 0;

  const forget = (header: string, credential: Credential) => {
    credential.isStale = true;
    byHeader.delete(header);
  };
  deps.database.changes.subscribe((topic) => {
    const token = tokenOfTopic(topic);
    if (token === undefined && topic !== EVERYTHING && !topic.startsWith("customer:")) return;
    generation++;
    if (token === undefined) {
      for (const [header, credential] of byHeader.entries()) forget(header, credential);
      headersByToken.clear();
      return;
    }
    for (const header of headersByToken.get(token) ?? []) {
      const credential = byHeader.peek(header);
      if (credential !== undefined) forget(header, credential);
    }
    headersByToken.delete(token);
  });

  const remember = (header: string, credential: Credential) => {
    byHeader.set(header, credential);
    const headers = headersByToken.get(credential.tokenId) ?? new Set();
    headersByToken.set(credential.tokenId, headers.add(header));
    if (headersByToken.size > CREDENTIALS_MAX * 2) pruneHeaders(headersByToken, byHeader);
  };
  return {
    cached(authorization) {
      const credential = byHeader.get(authorization);
      return credential === undefined ? undefined : unlessExpired(credential, nowSeconds(deps.clock));
    },
    async resolve(authorization) {
      const secret = readSecret(authorization);
      if (typeof secret !== "string") return secret;
      for (;;) {
        const startedAt = generation;
        const found = await lookUp(deps.database, secret);
        // Changed while we read: what we hold may be the state before a revocation.
        if (startedAt !== generation) continue;
        if ("problem" in found) return found;
        if (authorization !== undefined && authorization.length <= HEADER_LENGTH_MAX) remember(authorization, found);
        return unlessExpired(found, nowSeconds(deps.clock));
      }
    },
  };
}

/** Entries of credentials that fell out of the cache by age. */
function pruneHeaders(headersByToken: Map<string, Set<string>>, byHeader: LRUCache<string, Credential>): void {
  for (const [token, headers] of headersByToken) {
    for (const header of headers) if (!byHeader.has(header)) headers.delete(header);
    if (headers.size === 0) headersByToken.delete(token);
  }
}

function unlessExpired(credential: Credential, now: number): Credential | CredentialProblem {
  if (credential.expiresAt === null || credential.expiresAt > now) return credential;
  return { problem: "expired", at: credential.expiresAt, lastFour: credential.lastFour };
}

/** The secret of a Basic (the password; any user name) or Bearer header. */
function readSecret(authorization: string | undefined): string | CredentialProblem {
  if (authorization === undefined || authorization === "") return { problem: "missing" };
  const match = /^(basic|bearer) +([^ ]+) *$/i.exec(authorization);
  if (match?.[1] === undefined || match[2] === undefined) return { problem: "unreadable" };
  const secret = match[1].toLowerCase() === "bearer" ? match[2] : passwordOf(match[2]);
  if (secret === undefined || secret === "") return { problem: "unreadable" };
  const kind = kindOfSecret(secret);
  if (kind === "pbm") return { problem: "management_token" };
  return kind === undefined ? { problem: "malformed" } : secret;
}

function passwordOf(base64: string): string | undefined {
  const text = Buffer.from(base64, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1 ? undefined : text.slice(colon + 1);
}

async function lookUp(database: Database, secret: string): Promise<Credential | CredentialProblem> {
  const row = await findTokenByHash(database.db, hashSecret(secret));
  if (row === undefined) return { problem: "unknown" };
  if (row.revoked_at !== null) return { problem: "revoked", lastFour: row.last_four };
  return await toCredential(database, row);
}

async function toCredential(database: Database, row: TokenRow): Promise<Credential> {
  const own = await listGrantsOfToken(database.db, row.id);
  const ofCustomer =
    row.access === "customer" && row.customer !== null ? await listGrantsOfCustomer(database.db, row.customer) : [];
  const rows = [...own, ...ofCustomer];
  return {
    tokenId: row.id,
    lastFour: row.last_four,
    expiresAt: row.expires_at,
    rateLimitMax: row.rate_limit_max,
    grants: rows.map(compileGrant),
    grantsKey: JSON.stringify(rows.map((grant) => [grant.package_pattern, grant.starts_at, grant.expires_at, grant.revoked_at])),
    isStale: false,
  };
}
