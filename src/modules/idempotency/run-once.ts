import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { sha256Hex } from "../../platform/crypto/secrets.ts";
import { AppError, invalidField } from "../../platform/errors.ts";
import type { Database, Db } from "../../schema.ts";
import { OF_NOBODY, claimKey, deleteExpiredKeys, findKey, storeAnswer } from "./idempotency-queries.ts";
import type { IdempotencyRow, IdempotencyScope } from "./idempotency-queries.ts";

const KEPT_SECONDS = 24 * 3600;
const KEY_LENGTH_MAX = 255;

export interface IdempotencyDeps {
  database: Pick<Database, "db" | "transaction">;
  cipher: Cipher;
  clock: Clock;
}

export interface IdempotentRequest {
  /** The id of the management token or the user. */
  caller: string;
  method: string;
  path: string;
  /** The `Idempotency-Key` header as it came. */
  key: string | string[] | undefined;
  /** `?shop=` says where something is made: another one is another request. */
  query?: unknown;
  body: unknown;
}

/** What a key stands for: this caller, this method and this path, whichever way the path was spelt. */
export function idempotent(
  caller: string,
  request: {
    method: string;
    headers: Record<string, string | string[] | undefined>;
    body: unknown;
    params: unknown;
    query: unknown;
    routeOptions: { url?: string | undefined };
  },
): IdempotentRequest {
  const names = request.params as Record<string, string>;
  const template = request.routeOptions.url ?? "";
  return {
    caller,
    method: request.method,
    path: template.replaceAll(/:(\w+)/g, (_whole, name: string) => names[name] ?? ""),
    key: request.headers["idempotency-key"],
    query: request.query,
    body: request.body,
  };
}

/**
 * Of whom an answer is, so that it can be erased with them: a customer (`customers.id`), a token (`tokens.id`), nobody
 * (null), or anybody, where it may hold something of one that cannot be told: that goes whoever is erased.
 */
export type About = { customer: string } | { token: string } | "anybody" | null;

export interface Answer<Body = unknown> {
  status: number;
  body: Body;
  about: About;
}

/**
 * What a stored answer is now, before it is given again: what it says may have changed, and a secret in it may open
 * nothing any more, or be somebody else's. Throws where it is not to be given again at all.
 */
export type Recheck<Body> = (db: Db, stored: Body) => Promise<Body>;

/** The database of an effect: everything it reads and writes is in the one transaction. */
type Transactional = Pick<Database, "db" | "transaction">;

/**
 * Runs an effect once per `Idempotency-Key`: the key, the answer and the effect commit in one transaction, so that a
 * crash leaves all of them or none. A repetition within 24 hours replays the answer, kept encrypted because it holds
 * the secret. Another body or query under the same key is 422. Without a key the effect simply runs.
 */
export async function runOnce<Body>(
  deps: IdempotencyDeps,
  request: IdempotentRequest,
  effect: (database: Transactional) => Promise<Answer<Body>>,
  recheck: Recheck<Body> = (_db, stored) => Promise.resolve(stored),
): Promise<{ status: number; body: Body; replayed: boolean }> {
  if (request.key === undefined) {
    const { status, body } = await effect(deps.database);
    return { status, body, replayed: false };
  }
  const scope = readScope(request, request.key);
  const bodyHash = hashOf(request);
  const context = answerContext(scope);
  const now = nowSeconds(deps.clock);
  await forgetExpired(deps);
  return await deps.database.transaction(async (trx, changed) => {
    const placeholder = { ...scope, body_hash: bodyHash, status: 0, sealed_answer: "" };
    if (await claimKey(trx, { ...placeholder, created_at: now, expires_at: now + KEPT_SECONDS })) {
      const { status, body, about } = await effect({ db: trx, transaction: (work) => work(trx, changed) });
      const sealed_answer = deps.cipher.seal(JSON.stringify(body), context);
      await storeAnswer(trx, scope, { status, sealed_answer, ...columnsOf(about) });
      return { status, body, replayed: false };
    }
    const stored = await findKey(trx, scope);
    if (stored === undefined)
      throw new AppError("request.in_flight", "A request with this Idempotency-Key is under way.");
    if (stored.body_hash !== bodyHash) {
      throw new AppError(
        "idempotency.key_reused",
        "This Idempotency-Key was used with another body or query; use a new key.",
      );
    }
    const body = JSON.parse(deps.cipher.open(stored.sealed_answer, context)) as Body;
    return { status: stored.status, body: await recheck(trx, body), replayed: true };
  });
}

export function answerContext({ caller, method, path, key }: IdempotencyScope): string {
  return `idempotency ${caller} ${method} ${path} ${key}`;
}

function columnsOf(about: About): Pick<IdempotencyRow, "customer" | "token"> {
  if (about === null) return { customer: OF_NOBODY, token: null };
  if (about === "anybody") return { customer: null, token: null };
  return { customer: null, token: null, ...about };
}

/**
 * Clears what is kept no longer. By itself: inside a transaction, requests that have nothing to do with each other
 * would wait for one another.
 */
export async function forgetExpired(deps: Pick<IdempotencyDeps, "database" | "clock">): Promise<void> {
  await deleteExpiredKeys(deps.database.db, nowSeconds(deps.clock));
}

function readScope(request: IdempotentRequest, key: string | string[]): IdempotencyScope {
  if (Array.isArray(key) || key.length > KEY_LENGTH_MAX || !/^[\x20-\x7e]+$/.test(key)) {
    const rule = `must be given once and have 1 to ${KEY_LENGTH_MAX} printable ASCII characters`;
    throw invalidField("Idempotency-Key", rule);
  }
  return { caller: request.caller, method: request.method, path: request.path, key };
}

/** Of the body alone where there is no query, as answers that are kept from before have it. */
function hashOf({ body, query }: IdempotentRequest): string {
  const named = JSON.parse(JSON.stringify(query ?? {})) as object;
  return sha256Hex(canonicalJson(Object.keys(named).length === 0 ? body : { body, query: named }));
}

/** The same JSON value is the same body, however its keys are ordered. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, nested: unknown) =>
    typeof nested === "object" && nested !== null && !Array.isArray(nested)
      ? Object.fromEntries(Object.entries(nested).sort(([a], [b]) => (a < b ? -1 : 1)))
      : nested,
  );
}
