import { randomBytes } from "node:crypto";
import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { constantTimeEqual, hashSecret } from "../../platform/crypto/secrets.ts";
import type { Db } from "../../schema.ts";

/** What a signature is for: it counts for nothing else, and in no other session. */
export interface ChallengePurpose {
  kind: "registration" | "step_up" | "log_in";
  /** null at the log-in, where there is none yet. */
  session: string | null;
}

interface ChallengeDeps {
  clock: Clock;
  cipher: Pick<Cipher, "mac">;
}

/** Browsers wait about as long for a finger. */
const CHALLENGE_SECONDS = 5 * 60;

const TEXT = /^(?<nonce>[A-Za-z0-9_-]{43})\.(?<end>\d{1,12})\.(?<mac>[0-9a-f]{64})$/;

/**
 * A random text that says by itself, under our key, what it is for and until when. So nothing is stored for those who
 * only ask: anybody may ask at the log-in.
 */
export function newChallenge(deps: ChallengeDeps, purpose: ChallengePurpose): string {
  const nonce = randomBytes(32).toString("base64url");
  const end = String(nowSeconds(deps.clock) + CHALLENGE_SECONDS);
  return `${nonce}.${end}.${macOf(deps, purpose, nonce, end)}`;
}

/** Whether a signed challenge, base64url as browsers give it, is ours, for this purpose, and not too old. */
export function isChallenge(deps: ChallengeDeps, purpose: ChallengePurpose, encoded: string): boolean {
  const { nonce = "", end = "", mac = "" } = TEXT.exec(textOf(encoded))?.groups ?? {};
  return Number(end) > nowSeconds(deps.clock) && constantTimeEqual(mac, macOf(deps, purpose, nonce, end));
}

/**
 * Uses a challenge up, in the transaction that takes what was signed. False when it was used before: of two who send
 * one signature, one succeeds.
 */
export async function spendChallenge(deps: Pick<ChallengeDeps, "clock">, trx: Db, encoded: string): Promise<boolean> {
  const now = nowSeconds(deps.clock);
  await trx.deleteFrom("spent_challenges").where("expires_at", "<=", now).execute();
  const result = await trx
    .insertInto("spent_challenges")
    .values({ challenge_hash: hashSecret(encoded), expires_at: now + CHALLENGE_SECONDS })
    .onConflict((conflict) => conflict.column("challenge_hash").doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

function macOf(deps: ChallengeDeps, { kind, session }: ChallengePurpose, nonce: string, end: string): string {
  return deps.cipher.mac("passkey challenge", [kind, session ?? "", nonce, end].join(" "));
}

function textOf(encoded: string): string {
  return Buffer.from(encoded, "base64url").toString("latin1");
}
