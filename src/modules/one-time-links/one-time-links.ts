import { randomBytes } from "node:crypto";
import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { hashSecret } from "../../platform/crypto/secrets.ts";
import { AppError } from "../../platform/errors.ts";
import type { Database, Db, OneTimeLinkKind } from "../../schema.ts";
import {
  deleteLinksBefore,
  expireLinksMadeBy,
  expireLinksOf,
  findLink,
  insertLink,
  lockUserOfLink,
  markLinkUsed,
} from "./one-time-link-queries.ts";
import type { LinkRow } from "./one-time-link-queries.ts";

const DAY_SECONDS = 24 * 3600;
const KEPT_SECONDS = 30 * DAY_SECONDS;

const KINDS: Record<OneTimeLinkKind, { path: string; lifetimeSeconds: number; name: string; remedy: string }> = {
  setup: {
    ...{ path: "setup", lifetimeSeconds: DAY_SECONDS, name: "set-up link" },
    remedy: "restart the server, which prints a new one",
  },
  invitation: {
    ...{ path: "invitation", lifetimeSeconds: 7 * DAY_SECONDS, name: "invitation" },
    remedy: "ask whoever invited you for a new one",
  },
  password_reset: {
    ...{ path: "password-reset", lifetimeSeconds: 3600, name: "link to reset a password" },
    remedy: "ask for a new one",
  },
};

export interface LinkDeps {
  database: Pick<Database, "engine">;
  clock: Clock;
  publicUrl: string;
}

/** The link itself is known to whoever made it, this once; only a hash of its secret is stored. */
export interface CreatedLink {
  link: string;
  /** Unix seconds. */
  expiresAt: number;
}

/**
 * Makes a link that works once. Its secret, 256 random bits, stands behind `#`, which browsers keep to themselves: it
 * is in no log of ours or a proxy's, and in no Referer. For a user, whose row it holds, it ends earlier links of its kind: of several
 * that are made at once, one is left.
 */
export async function createLink(
  deps: LinkDeps,
  trx: Db,
  { kind, user, createdBy }: { kind: OneTimeLinkKind; user: string | null; createdBy: string },
): Promise<CreatedLink> {
  const now = nowSeconds(deps.clock);
  const { path, lifetimeSeconds } = KINDS[kind];
  const secret = randomBytes(32).toString("base64url");
  const expiresAt = now + lifetimeSeconds;
  // Whoever locks both takes the user first: otherwise two would wait for each other.
  if (user !== null) await lockUserOfLink(trx, deps.database.engine, user);
  await deleteLinksBefore(trx, now - KEPT_SECONDS);
  if (user !== null) await expireLinksOf(trx, user, [kind], now);
  await insertLink(trx, {
    ...{ id: newId("link"), kind, user, secret_hash: hashSecret(secret), created_by: createdBy },
    ...{ created_at: now, expires_at: expiresAt, used_at: null },
  });
  return { link: `${deps.publicUrl}/${path}#${secret}`, expiresAt };
}

/** Looks whether a link would work, and uses nothing up: for a page that says what it is about. Throws otherwise. */
export async function findUsableLink(
  deps: Pick<LinkDeps, "clock">,
  db: Db,
  kind: OneTimeLinkKind,
  secret: string,
): Promise<LinkRow> {
  const row = await findLink(db, kind, hashSecret(secret));
  if (row?.used_at !== null || row.expires_at <= nowSeconds(deps.clock)) {
    throw refusal(kind, row);
  }
  return row;
}

/**
 * Uses a link up, in the transaction of what it is for: whatever fails afterwards leaves it as it was. Holds the row of
 * the link's user first. Throws `link.invalid` (404), `link.used` or `link.expired` (410).
 */
export async function takeLink(
  deps: Pick<LinkDeps, "clock" | "database">,
  trx: Db,
  kind: OneTimeLinkKind,
  secret: string,
): Promise<LinkRow> {
  const secretHash = hashSecret(secret);
  const user = (await findLink(trx, kind, secretHash))?.user ?? null;
  if (user !== null) await lockUserOfLink(trx, deps.database.engine, user);
  const row = await markLinkUsed(trx, kind, secretHash, nowSeconds(deps.clock));
  if (row === undefined) throw refusal(kind, await findLink(trx, kind, secretHash));
  return row;
}

/**
 * Ends links of a user that were not used: the password was changed in another way, or what they open has changed. Its
 * caller holds the user's row.
 */
export async function voidLinks(
  deps: Pick<LinkDeps, "clock">,
  trx: Db,
  user: string,
  kinds: readonly OneTimeLinkKind[] = ["invitation", "password_reset"],
): Promise<void> {
  await expireLinksOf(trx, user, kinds, nowSeconds(deps.clock));
}

/** Ends what a user made for others and nobody used, because the user may no more: whoever made a link knows it. */
export async function voidLinksMadeBy(deps: Pick<LinkDeps, "clock">, trx: Db, maker: string): Promise<void> {
  await expireLinksMadeBy(trx, maker, nowSeconds(deps.clock));
}

function refusal(kind: OneTimeLinkKind, row: LinkRow | undefined): AppError {
  const { name, remedy } = KINDS[kind];
  if (row === undefined) {
    return new AppError("link.invalid", `This ${name} is not known here: copy it whole, or ${remedy}.`);
  }
  if (row.used_at !== null) return new AppError("link.used", `This ${name} was used already; it works once.`);
  return new AppError("link.expired", `This ${name} has expired, or a newer one took its place: ${remedy}.`);
}
