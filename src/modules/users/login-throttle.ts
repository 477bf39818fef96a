import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { AppError } from "../../platform/errors.ts";
import { SUBSCRIBER, networkOf } from "../../platform/http/index.ts";
import type { Database, Db } from "../../schema.ts";
import {
  deleteLoginFailures,
  deleteOldLoginFailures,
  lockLoginFailures,
  lowerLoginFailures,
  setLoginFailures,
} from "./login-failure-queries.ts";

interface ThrottleDeps {
  database: Pick<Database, "db" | "transaction">;
  clock: Clock;
  cipher: Pick<Cipher, "mac">;
}

/** How many may fail before each further one must wait twice as long as the one before. */
const FREE_OF_ACCOUNT = 5;
/** More, because an office shares an address. */
const FREE_OF_ADDRESS = 20;
const WAIT_SECONDS_MAX = 15 * 60;
const FORGOTTEN_SECONDS = 24 * 3600;

/** An attempt that was let through, and counts as failed until it is said to be none. */
export interface LoginAttempt {
  accountKey: string;
  addressKey: string;
}

/**
 * Lets an attempt to give a password or a code through, or throws `auth.throttled` with the seconds to wait. It is
 * counted as failed here, before anything is compared: of two hundred at once, five are. By account whether or not
 * there is one, so that a refusal tells nothing; in the database, so that it holds for all instances.
 */
export async function beginAttempt(deps: ThrottleDeps, who: { email: string; address: string }): Promise<LoginAttempt> {
  const now = nowSeconds(deps.clock);
  const attempt = {
    accountKey: accountKey(deps, who.email),
    addressKey: `address:${networkOf(who.address, SUBSCRIBER)}`,
  };
  await deps.database.transaction(async (trx) => {
    // Always the account first, so that no two wait for each other.
    const account = await lockLoginFailures(trx, attempt.accountKey, now);
    const address = await lockLoginFailures(trx, attempt.addressKey, now);
    const wait = Math.max(waitOf(account, FREE_OF_ACCOUNT, now), waitOf(address, FREE_OF_ADDRESS, now));
    if (wait > 0) throw throttled(wait);
    await setLoginFailures(trx, attempt.accountKey, failuresOf(account, now) + 1, now);
    await setLoginFailures(trx, attempt.addressKey, failuresOf(address, now) + 1, now);
  });
  return attempt;
}

/** It was right: the account begins anew. The address does not, or who owns one account could try all others. */
export async function attemptSucceeded(trx: Db, attempt: LoginAttempt): Promise<void> {
  await deleteLoginFailures(trx, attempt.accountKey);
  await lowerLoginFailures(trx, attempt.addressKey);
}

/** It was neither: a right password without the code that is needed too. Codes that failed before still count. */
export async function attemptUndecided(trx: Db, attempt: LoginAttempt): Promise<void> {
  await lowerLoginFailures(trx, attempt.accountKey);
  await lowerLoginFailures(trx, attempt.addressKey);
}

/** For a password that was set anew by other means. */
export async function forgetFailuresOf(deps: Pick<ThrottleDeps, "cipher">, trx: Db, email: string): Promise<void> {
  await deleteLoginFailures(trx, accountKey(deps, email));
}

/** What is older counts no more; by itself, so that nobody's transaction waits for it. */
export async function forgetOldFailures(deps: Pick<ThrottleDeps, "database" | "clock">): Promise<void> {
  await deleteOldLoginFailures(deps.database.db, nowSeconds(deps.clock) - 2 * FORGOTTEN_SECONDS);
}

function failuresOf(row: { failures: number; last_failed_at: number }, now: number): number {
  return row.last_failed_at + FORGOTTEN_SECONDS <= now ? 0 : row.failures;
}

function waitOf(row: { failures: number; last_failed_at: number }, free: number, now: number): number {
  const failures = failuresOf(row, now);
  if (failures < free) return 0;
  const wait = Math.min(2 ** (failures - free), WAIT_SECONDS_MAX);
  return Math.max(row.last_failed_at + wait - now, 0);
}

function throttled(seconds: number): AppError {
  const unit = seconds === 1 ? "second" : "seconds";
  return new AppError("auth.throttled", `Too many failed attempts; try again in ${seconds} ${unit}.`, {
    retryAfterSeconds: seconds,
  });
}

/** Keyed: the table tells nobody who has an account here. */
function accountKey(deps: Pick<ThrottleDeps, "cipher">, email: string): string {
  return `account:${deps.cipher.mac("login account", email.trim().toLowerCase())}`;
}
