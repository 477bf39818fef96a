import { nowSeconds } from "../../platform/clock.ts";
import { sha256Hex } from "../../platform/crypto/secrets.ts";
import { newTimeOrderedId } from "../../platform/crypto/ids.ts";
import type { Db, MailKind } from "../../schema.ts";
import type { AddressWatcher } from "../customers/index.ts";
import { hasEnded } from "../grants/index.ts";
import { settleOfToken } from "./mail-failures.ts";
import { cancelMailsOfToken, insertMailIfNew } from "./mail-queries.ts";
import type { MailTemplates, RenderedMail } from "./mail-templates.ts";
import { sealMailSecret } from "./mail-secret.ts";
import { addressOf, mailValues } from "./mail-values.ts";
import type { MailPlace } from "./mail-values.ts";
import type { OrderLine } from "./order-lines.ts";
import { readdressMails } from "./readdress-mails.ts";
import { findMailedToken } from "./token-mail-queries.ts";
import type { TokenRow } from "./token-mail-queries.ts";

/** One mail, for one cause. */
export interface MailCause {
  kind: MailKind;
  /** The same text is the same cause, of which nobody is told twice. */
  cause: string;
  token: TokenRow;
  /** What a mail of the kind `ready` is about. */
  secret?: string;
  /** Of a reminder. */
  daysAhead?: number;
  /** Where it is about a line of an order instead of the token itself. */
  line?: OrderLine;
}

/** Why a token has another secret, and whether its customer is mailed that. */
export interface Replacement {
  cause: "rotated" | "transferred";
  notify: boolean;
}

/** A rendered mail for a shop that sends it by itself. */
export type Instructions = RenderedMail;

/**
 * What customers are told of their tokens. Each call belongs into the transaction of its cause, after the change: the
 * mail is in the outbox or the change never was. Nothing here fails because of mail; what keeps one from being sent is
 * returned in words, for the answer.
 */
export interface TokenMails extends AddressWatcher {
  /** Of a new token; for one that is not to be mailed about, do not call it. */
  created(trx: Db, token: TokenRow, secret: string): Promise<string[]>;
  /**
   * It has another secret, by rotation, or because it is somebody else's now, whose address it has already. Mails about
   * the one before are not sent.
   */
  replaced(trx: Db, token: TokenRow, secret: string, options: Replacement): Promise<string[]>;
  /** Its expiry moved later, or away. Does nothing where the token's `notify` is off. */
  renewed(trx: Db, token: TokenRow): Promise<void>;
  /** What a line of an order granted to a customer (`customers.id`) goes on longer. */
  lineRenewed(trx: Db, customer: string, line: OrderLine): Promise<void>;
  /** Mails about it that wait are not sent; where its `notify` is on the customer is told, if told of it before. */
  revoked(trx: Db, token: TokenRow): Promise<void>;
  /** Its revocation was taken back: word of it that waits is not sent. */
  restored(trx: Db, token: TokenRow): Promise<void>;
  /**
   * Its secret was found in public; the row is as it is after what was done about that. Mails about a token that it
   * ended are not sent. Whoever is mailed is so whatever the token's `notify` says: it is their secret.
   */
  leaked(trx: Db, token: TokenRow, leak: { secretHash: string; isMailed: boolean }): Promise<void>;
  /** The mail of the kind `ready`, for an answer. */
  instructions(db: Db, token: TokenRow, secret: string, options: { isReplacement: boolean }): Promise<Instructions>;
}

export interface TokenMailDeps extends MailPlace {
  templates: Pick<MailTemplates, "render">;
  /** Whether there is a mail server. */
  canSend: boolean;
}

const NO_SERVER = "No mail was sent: this server has no mail server (SMTP_URL).";
const NO_ADDRESS =
  "No mail was sent: neither metadata.customer_email nor the customer has an address that a mail can be sent to.";
const EXPIRED = "No mail was sent: the token has expired already.";

export function createTokenMails(deps: TokenMailDeps): TokenMails {
  const tellReady = async (trx: Db, token: TokenRow, secret: string, name: ReadyName): Promise<string[]> => {
    if (!deps.canSend) return [NO_SERVER];
    if (hasExpired(token, nowSeconds(deps.clock))) return [EXPIRED];
    const cause = readyCause(name, token);
    return (await enqueueTokenMail(deps, trx, { kind: "ready", cause, token, secret })) ? [] : [NO_ADDRESS];
  };
  return {
    created: (trx, token, secret) => tellReady(trx, token, secret, "created"),
    async replaced(trx, token, secret, { cause, notify }) {
      const detail = "The token got another secret before this was sent.";
      const now = nowSeconds(deps.clock);
      await cancelMailsOfToken(trx, token.id, ["ready"], { detail, now });
      await settleOfToken(trx, token.id, ["ready"], now);
      return notify ? await tellReady(trx, token, secret, cause) : [];
    },
    async renewed(trx, token) {
      const now = nowSeconds(deps.clock);
      if (token.notify !== 1 || !deps.canSend || hasExpired(token, now) || token.suspended_at !== null) return;
      const cause = `token.renewed:${token.id}:${token.expires_at ?? "never"}:${now}`;
      await enqueueTokenMail(deps, trx, { kind: "renewed", cause, token });
    },
    async lineRenewed(trx, customer, line) {
      const now = nowSeconds(deps.clock);
      const token = deps.canSend ? await findMailedToken(trx, customer) : undefined;
      if (token === undefined || (line.expiresAt !== null && line.expiresAt <= now)) return;
      const cause = `grant.renewed:${customer}:${sha256Hex(JSON.stringify(line))}:${now}`;
      await enqueueTokenMail(deps, trx, { kind: "renewed", cause, token, line });
    },
    async revoked(trx, token) {
      await endMailsOfToken(trx, token.id, nowSeconds(deps.clock));
      if (token.notify !== 1 || !deps.canSend) return;
      const cause = `token.revoked:${token.id}:${token.revoked_at ?? 0}`;
      await enqueueTokenMail(deps, trx, { kind: "revoked", cause, token });
    },
    addressChanged: (trx, whose) => readdressMails(deps, trx, whose),
    async restored(trx, token) {
      const detail = "The revocation was undone before this.";
      await cancelMailsOfToken(trx, token.id, ["revoked"], { detail, now: nowSeconds(deps.clock) });
    },
    async leaked(trx, token, { secretHash, isMailed }) {
      const now = nowSeconds(deps.clock);
      if (token.revoked_at !== null) await endMailsOfToken(trx, token.id, now);
      if (!isMailed || !deps.canSend) return;
      const cause = `token.leaked:${token.id}:${secretHash.slice(0, 16)}`;
      await enqueueTokenMail(deps, trx, { kind: "leaked", cause, token });
    },
    async instructions(db, token, secret, { isReplacement }) {
      const values = await mailValues(db, deps.publicUrl, { token, secret, isReplacement }, nowSeconds(deps.clock));
      return deps.templates.render("ready", values);
    },
  };
}

/** What waits about a token that was revoked. */
async function endMailsOfToken(trx: Db, token: string, now: number): Promise<void> {
  const detail = "The token was revoked before this was sent.";
  const kinds = ["ready", "renewed", "expiring"] as const;
  await cancelMailsOfToken(trx, token, kinds, { detail, now });
  await settleOfToken(trx, token, kinds, now);
}

type ReadyName = "created" | Replacement["cause"];

/** The secret's hash tells one rotation from another and tells nothing else. */
function readyCause(name: ReadyName, { id, secret_hash }: TokenRow): string {
  return `token.${name}:${id}:${secret_hash.slice(0, 16)}`;
}

/** Whether the cause of a mail is that its customer, who had the token before, has another secret of it. */
export function isRotation(cause: string): boolean {
  return cause.startsWith("token.rotated:");
}

function hasExpired(token: TokenRow, now: number): boolean {
  return hasEnded(token, now) && token.order_line === null;
}

/**
 * Puts a mail into the outbox, within the transaction of its cause; the worker sends it after the commit. False where
 * there is no address. A cause that has its mail already gets no second one.
 */
export async function enqueueTokenMail(
  deps: Pick<MailPlace, "clock" | "cipher">,
  trx: Db,
  { kind, cause, token, secret, daysAhead, line }: MailCause,
): Promise<boolean> {
  const recipient = await addressOf(trx, token);
  if (recipient === undefined) return false;
  const id = newTimeOrderedId("mail", deps.clock.nowMs());
  const now = nowSeconds(deps.clock);
  await insertMailIfNew(trx, {
    ...{ id, cause, kind, shop: token.shop, token: token.id, customer: token.customer, recipient },
    sealed_secret: secret === undefined ? null : sealMailSecret(deps.cipher, { id, recipient }, secret),
    ...{ expires_at: line === undefined ? token.expires_at : line.expiresAt, days_ahead: daysAhead ?? null },
    ...{ order_id: line?.orderId ?? null, line: line?.line ?? null },
    ...{ state: "pending", detail: null, attempts: 0, next_attempt_at: now },
    ...{ claimed_by: null, claimed_until: null, created_at: now, finished_at: null },
  });
  return true;
}
