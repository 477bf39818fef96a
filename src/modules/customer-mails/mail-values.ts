import type { Cipher } from "../../platform/crypto/cipher.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Db } from "../../schema.ts";
import {
  EVERYTHING_PATTERN,
  compileGrant,
  endedAt,
  graceUntil,
  isInForce,
  listEffectiveGrants,
} from "../grants/index.ts";
import { mailAddress } from "../mail-addresses/index.ts";
import { composerLines, readSettings, timeZoneOf } from "../settings/index.ts";
import type { OrderLine } from "./order-lines.ts";
import { findCustomerOfMail, findLeak, findOverlapEnd } from "./token-mail-queries.ts";
import type { TokenRow } from "./token-mail-queries.ts";
import { oneLine, templateDate } from "./template-values.ts";
import type { LeakedValues, TemplateValues } from "./template-values.ts";

/** What making a mail needs besides the database. */
export interface MailPlace {
  clock: Clock;
  cipher: Pick<Cipher, "seal" | "open">;
  publicUrl: string;
}

/** About which token, and what of it cannot be read from the database. */
export interface MailSubject {
  token: TokenRow;
  secret: string | undefined;
  /** The customer had another secret of this token before. */
  isReplacement: boolean;
  /** Where it is about a line of an order, and what ends or goes on with it; the token goes on. */
  line?: (OrderLine & { patterns: readonly string[] }) | undefined;
  /** Of a mail of the kind `leaked`, what it is about: the beginning of the hash of that secret. */
  leaked?: string | undefined;
}

/** Everything a template may name, as it is now. */
export async function mailValues(
  db: Db,
  publicUrl: string,
  { token, secret, isReplacement, line, leaked }: MailSubject,
  now: number,
): Promise<TemplateValues> {
  const settings = await readSettings(db);
  const { vendor_name, support_email, support_url } = settings;
  const time_zone = timeZoneOf(settings);
  const dateOf = (at: number | null) => (at === null ? null : templateDate(at, time_zone));
  const { patterns, ends } = await readHeld(db, token, now);
  const packages = (line?.patterns ?? patterns).filter((pattern) => pattern !== EVERYTHING_PATTERN).map(readable);
  const { expiresAt, graceDays } = line === undefined ? endOf(token, ends) : lineEnd(line, ends);
  const orderId = line?.orderId ?? token.order_id;
  const overlapEnd = isReplacement ? await findOverlapEnd(db, token.id, now) : undefined;
  const customer = token.customer === null ? undefined : await findCustomerOfMail(db, token.customer);
  return {
    ...{ token: secret ?? null, token_last_four: token.last_four, token_id: token.id },
    is_replacement: isReplacement,
    previous_token_works_until: dateOf(overlapEnd ?? null),
    ...{ expires_at: dateOf(expiresAt), grace_until: dateOf(graceUntil(expiresAt, graceDays)) },
    days_left: expiresAt === null ? null : Math.max(0, Math.floor((expiresAt - now) / 86_400)),
    ...{ packages, opens_everything: patterns.includes(EVERYTHING_PATTERN) },
    is_order_line: line !== undefined,
    order_id: orderId === null ? null : oneLine(orderId),
    customer_id: customer === undefined ? null : oneLine(customer.customer_id),
    description: oneLine(token.description),
    ...{ repository_url: publicUrl, host: new URL(publicUrl).host, install_url: `${publicUrl}/install` },
    composer: composerLines({ publicUrl, vendorName: vendor_name }, { secret: secret ?? null, packages }),
    leaked: leaked === undefined ? null : await leakedValues(db, token.id, leaked),
    ...{ time_zone, vendor_name: vendor_name === null ? null : oneLine(vendor_name), support_email, support_url },
  };
}

/** Undefined names nothing: what was reported is kept for good. */
async function leakedValues(db: Db, token: string, hashBeginning: string): Promise<LeakedValues | null> {
  const leak = await findLeak(db, token, hashBeginning);
  if (leak === undefined) return null;
  const { last_four, outcome } = leak;
  const url = leak.url === null ? null : oneLine(leak.url);
  return { last_four, url, is_revoked: outcome === "revoked", is_replaced: outcome === "secret_ended" };
}

/** `acme/` is how it is stored; people read `acme/*`. */
function readable(pattern: string): string {
  return pattern.endsWith("/") ? `${pattern}*` : pattern;
}

interface End {
  expiresAt: number | null;
  graceDays: number;
}

const NO_END: End = { expiresAt: null, graceDays: 0 };

/** Of something that the token reads, and of which line of an order that is, if of one. */
interface HeldEnd extends End {
  orderId: string | null;
  line: string | null;
}

/**
 * What the token reads now, without what only something sold requires; and when each part of it ends, of what starts
 * later too: a renewal bought ahead is no end.
 */
async function readHeld(db: Db, token: TokenRow, now: number): Promise<{ patterns: string[]; ends: HeldEnd[] }> {
  const sold = (await listEffectiveGrants(db, token)).filter((row) => row.is_dependency === 0);
  const grants = sold.flatMap((row) => {
    const grant = compileGrant(row);
    if (grant === undefined || endedAt(grant, now) !== undefined) return [];
    return [{ pattern: row.package_pattern, grant, row }];
  });
  const inForce = grants.filter(({ grant }) => isInForce(grant, now));
  return {
    patterns: [...new Set(inForce.map(({ pattern }) => pattern))],
    ends: grants.map(({ row }) => ({
      ...{ expiresAt: row.expires_at, graceDays: row.grace_days, orderId: row.order_id, line: row.line },
    })),
  };
}

/**
 * The end of the token; where it has none, of the last thing it opens, if all of that ends: a token that reads its
 * customer's grants is of no use after them.
 */
function endOf(token: Pick<TokenRow, "expires_at" | "grace_days" | "order_line">, ends: readonly HeldEnd[]): End {
  if (token.expires_at !== null && token.order_line === null)
    return { expiresAt: token.expires_at, graceDays: token.grace_days };
  const [last] = ends.toSorted((a, b) => (b.expiresAt ?? Infinity) - (a.expiresAt ?? Infinity));
  return last === undefined || last.expiresAt === null ? NO_END : last;
}

function lineEnd({ orderId, line, expiresAt }: OrderLine, ends: readonly HeldEnd[]): End {
  const held = ends.find((end) => end.orderId === orderId && end.line === line && end.expiresAt === expiresAt);
  return { expiresAt, graceDays: held?.graceDays ?? 0 };
}

/** Where mails about a token go now. */
export async function addressOf(
  db: Db,
  token: Pick<TokenRow, "metadata" | "customer" | "address_of">,
): Promise<string | undefined> {
  const { customer_email: ofOrder } = JSON.parse(token.metadata) as Record<string, unknown>;
  const customer = token.customer === null ? undefined : await findCustomerOfMail(db, token.customer);
  const isGuest = token.customer === null;
  return mailAddress({ addressOf: token.address_of, isGuest, ofOrder, ofCustomer: customer?.email });
}
