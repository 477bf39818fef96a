import { randomBytes } from "node:crypto";
import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { constantTimeEqual } from "../../platform/crypto/secrets.ts";
import { hostCookie, hostCookieName, readCookie } from "../../platform/http/cookies.ts";
import type { RequestHeaders } from "../../platform/http/cookies.ts";
import type { Db } from "../../schema.ts";
import { findUserRowByEmail } from "./user-queries.ts";
import type { UserRow } from "./user-queries.ts";

interface DeviceDeps {
  clock: Clock;
  cipher: Pick<Cipher, "mac">;
  publicUrl: string;
}

type DeviceUser = Pick<UserRow, "id" | "password_hash">;

/** Of browsers, which keep no cookie longer than 400 days. Each log-in begins it anew. */
const KNOWN_SECONDS = 365 * 24 * 3600;
/** 128 random bits in base64url, when it was given out, and the signature. */
const VALUE = /^([A-Za-z0-9_-]{22})\.(\d{1,11})\.([0-9a-f]{64})$/;

/** A browser in which the user has logged in before. */
export interface KnownDevice {
  /** Random, of our making: what its own failures are counted by. */
  id: string;
}

/**
 * The device that a log-in as this address comes from; undefined where it is none that this user has logged in with
 * since the last change of the password. The cookie lets nobody in: who steals it may try passwords, and no more.
 */
export async function findKnownDevice(
  deps: DeviceDeps,
  db: Db,
  who: { email: string; headers: RequestHeaders },
): Promise<KnownDevice | undefined> {
  const user = await findUserRowByEmail(db, who.email.trim().toLowerCase());
  return user === undefined ? undefined : readDeviceCookie(deps, user, who.headers);
}

/** The `Set-Cookie` header for whoever has just shown to be the user; a device that is known stays the same. */
export function deviceCookie(deps: DeviceDeps, user: DeviceUser, device?: KnownDevice): string {
  const id = device?.id ?? randomBytes(16).toString("base64url");
  const since = String(nowSeconds(deps.clock));
  const value = `${id}.${since}.${signature(deps, user, id, since)}`;
  return hostCookie(deps.publicUrl, nameFor(deps, user.id), value, KNOWN_SECONDS);
}

function readDeviceCookie(deps: DeviceDeps, user: DeviceUser, headers: RequestHeaders): KnownDevice | undefined {
  const value = readCookie(headers, hostCookieName(deps.publicUrl, nameFor(deps, user.id)));
  const [, id = "", since = "", given = ""] = VALUE.exec(value ?? "") ?? [];
  if (user.password_hash === null || !constantTimeEqual(given, signature(deps, user, id, since))) return undefined;
  return Number(since) + KNOWN_SECONDS > nowSeconds(deps.clock) ? { id } : undefined;
}

/** Several people may use one browser: each has a cookie of their own. */
function nameFor({ cipher }: DeviceDeps, userId: string): string {
  return `package_broker_device_${cipher.mac("device cookie name", userId).slice(0, 12)}`;
}

/** Over the hash of the password as well, so that another password makes every cookie before it void. */
function signature({ cipher }: DeviceDeps, user: DeviceUser, id: string, since: string): string {
  return cipher.mac("device cookie", JSON.stringify([user.id, user.password_hash, id, since]));
}
