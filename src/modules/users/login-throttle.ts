import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { AppError } from "../../platform/errors.ts";
import { networkOf } from "../../platform/http/index.ts";
import type { Database, Db } from "../../schema.ts";
import type { HashLane } from "./hash-queue.ts";
import type { KnownDevice } from "./known-device.ts";
import {
  deleteIfNoneFailed,
  deleteLoginFailures,
  deleteLoginFailuresOf,
  deleteOldLoginFailures,
  lockLoginFailures,
  setLoginFailures,
  takeBackLoginFailure,
} from "./login-failure-queries.ts";
import type { LoginFailureRow } from "./login-failure-queries.ts";
import { secondsUntilTurn } from "./login-turns.ts";

interface ThrottleDeps {
  database: Pick<Database, "db" | "transaction">;
  clock: Clock;
  cipher: Pick<Cipher, "mac">;
}

/** How many may fail before each further one must wait twice as long as the one before. */
const FREE = 5;
const WAIT_SECONDS_MAX = 15 * 60;
/** From which on strangers have turns: guesses at one account from many networks, or at many accounts from one. */
const CROWD = { account: 50, network: 20 };
const DAY = 24 * 3600;
const HOUR = 3600;

/** What one household or office has at most: who has many networks of IPv6 is no crowd. */
const NETWORK = { ipv4: 32, ipv6: 48 };

/** Who tries. A session or a device that the user logged in with before has failures of its own. */
export interface LoginTry {
  email: string;
  address: string;
  session?: string | undefined;
  device?: KnownDevice | undefined;
}

/** An attempt that was let through, and counts as failed until it is said to be none. */
export interface LoginAttempt {
  /** Forgotten once it was right: what belongs to this account and this device, or network. */
  own: readonly string[];
  /** What it was counted in, as it was before. */
  counted: readonly LoginFailureRow[];
  at: number;
  /** Where it waits for its password to be compared. */
  lane: HashLane;
}

/**
 * Lets an attempt to give a password or a code through, or throws `auth.throttled` with the seconds to wait. It is
 * counted as failed here, before anything is compared: of two hundred at once, five are. In the database, so that it
 * holds for all instances. By account whether or not there is one, so that a refusal tells nothing.
 *
 * Who was here before is never kept out by the failures of others. A stranger is kept waiting by those from the same
 * network at the same account; by all others it is given turns, which come no later however many more fail.
 */
export async function beginAttempt(deps: ThrottleDeps, who: LoginTry): Promise<LoginAttempt> {
  const now = nowSeconds(deps.clock);
  return await deps.database.transaction(async (trx) => {
    if (who.session !== undefined) return await beginAsKnown(trx, `session:${who.session}`, now);
    if (who.device === undefined) return await beginAsStranger(deps, trx, who, now);
    const key = `device:${who.device.id}`;
    const device = await lockLoginFailures(trx, key, now);
    if (waitOf(device, now) === 0) return await countKnown(trx, device, now);
    // Somebody else may have stolen its cookie: then it is a stranger like any other, and not worse off.
    const attempt = await beginAsStranger(deps, trx, who, now);
    return { ...attempt, own: [...attempt.own, key] };
  });
}

async function beginAsKnown(trx: Db, key: string, now: number): Promise<LoginAttempt> {
  const row = await lockLoginFailures(trx, key, now);
  const wait = waitOf(row, now);
  if (wait > 0) throw throttled(wait);
  return await countKnown(trx, row, now);
}

async function countKnown(trx: Db, row: LoginFailureRow, now: number): Promise<LoginAttempt> {
  await setLoginFailures(trx, row.key, failuresOf(row, now) + 1, now);
  return { own: [row.key], counted: [row], at: now, lane: { name: row.key, isKnown: true } };
}

async function beginAsStranger(deps: ThrottleDeps, trx: Db, who: LoginTry, now: number): Promise<LoginAttempt> {
  const network = networkOf(who.address, NETWORK);
  const day = Math.floor(now / DAY);
  const key = `${accountKey(deps, who.email)}${network}`;
  // Always in this order, so that no two wait for each other.
  const own = await lockLoginFailures(trx, key, now);
  const account = await lockLoginFailures(trx, `${accountKey(deps, who.email)}day ${day}`, now);
  const ofNetwork = await lockLoginFailures(trx, `address:${network} day ${day}`, now);
  const failures = failuresOf(own, now);
  let wait = waitOf(own, now);
  if (account.failures >= CROWD.account || ofNetwork.failures >= CROWD.network) {
    const lastTriedAt = failures === 0 ? undefined : own.last_failed_at;
    wait += secondsUntilTurn(deps.cipher, { key, lastTriedAt }, now + wait);
    if (wait > 0) throw notYet(wait);
  }
  if (wait > 0) throw throttled(wait);
  // What waits for itself already needs no turns: the others do not count it.
  const counted = failures < FREE ? [own, account, ofNetwork] : [own];
  await setLoginFailures(trx, key, failures + 1, now);
  for (const row of counted.slice(1)) await setLoginFailures(trx, row.key, row.failures + 1, now);
  return { own: [key], counted, at: now, lane: { name: network, isKnown: false } };
}

/**
 * It was right: the account begins anew for who gave it. What others failed at stays, the network's failures as well,
 * or who owns one account could try all others.
 */
export async function attemptSucceeded(trx: Db, attempt: LoginAttempt): Promise<void> {
  await takeBack(trx, attempt);
  await deleteLoginFailures(trx, attempt.own);
}

/** It was neither: a right password without the code that is needed too. Codes that failed before still count. */
export async function attemptUndecided(trx: Db, attempt: LoginAttempt): Promise<void> {
  await takeBack(trx, attempt);
}

/** For a password that was set anew by other means. */
export async function forgetFailuresOf(deps: Pick<ThrottleDeps, "cipher">, trx: Db, email: string): Promise<void> {
  await deleteLoginFailuresOf(trx, accountKey(deps, email));
}

/** What is older counts no more; by itself, so that nobody's transaction waits for it. */
export async function forgetOldFailures(deps: Pick<ThrottleDeps, "database" | "clock">): Promise<void> {
  const now = nowSeconds(deps.clock);
  await deleteOldLoginFailures(deps.database.db, { any: now - 2 * DAY, few: now - HOUR }, FREE);
}

async function takeBack(trx: Db, { counted, at }: LoginAttempt): Promise<void> {
  for (const row of counted) await takeBackLoginFailure(trx, row, at);
  const keys = counted.map(({ key }) => key);
  await deleteIfNoneFailed(trx, keys);
}

function failuresOf(row: LoginFailureRow, now: number): number {
  return row.last_failed_at + DAY <= now ? 0 : row.failures;
}

function waitOf(row: LoginFailureRow, now: number): number {
  const failures = failuresOf(row, now);
  if (failures < FREE) return 0;
  const wait = Math.min(2 ** (failures - FREE), WAIT_SECONDS_MAX);
  return Math.max(row.last_failed_at + wait - now, 0);
}

function throttled(seconds: number): AppError {
  return refusal(seconds, `Too many failed attempts; try again in ${inWords(seconds)}.`);
}

function notYet(seconds: number): AppError {
  return refusal(
    seconds,
    `Too many log-ins failed here, and this browser is new: it may try in ${inWords(seconds)}, within a minute from then.`,
  );
}

function refusal(seconds: number, message: string): AppError {
  return new AppError("auth.throttled", message, { retryAfterSeconds: seconds });
}

function inWords(seconds: number): string {
  return seconds === 1 ? "1 second" : `${seconds} seconds`;
}

/** What the keys of an account begin with. Keyed: the table tells nobody who has an account here. */
function accountKey(deps: Pick<ThrottleDeps, "cipher">, email: string): string {
  return `account:${deps.cipher.mac("login account", email.trim().toLowerCase())}:`;
}
