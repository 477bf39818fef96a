import type { Cipher } from "../../platform/crypto/cipher.ts";
import type { Clock } from "../../platform/clock.ts";
import { isMailAddress } from "../../platform/mail/index.ts";
import type { Db } from "../../schema.ts";
import { EVERYTHING_PATTERN, listEffectiveGrants } from "../grants/index.ts";
import type { GrantRow } from "../grants/index.ts";
import { composerLines, readSettings } from "../settings/index.ts";
import { patternsEndingWith } from "./order-lines.ts";
import type { OrderLine } from "./order-lines.ts";
import { findCustomerOfMail, findOverlapEnd } from "./token-mail-queries.ts";
import type { TokenRow } from "./token-mail-queries.ts";
import { oneLine, templateDate } from "./template-values.ts";
import type { TemplateValues } from "./template-values.ts";

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
  /** Where it is about a line of an order, and the token goes on. */
  line?: OrderLine | undefined;
}

/** Everything a template may name, as it is now. */
export async function mailValues(
  db: Db,
  publicUrl: string,
  { token, secret, isReplacement, line }: MailSubject,
  now: number,
): Promise<TemplateValues> {
  const { vendor_name, support_email, support_url } = await readSettings(db);
  const held = await grantsInForce(db, token, now);
  const patterns = [...new Set(held.map((grant) => grant.package_pattern))];
  const ofLine = line === undefined ? patterns : ((await patternsEndingWith(db, token, line, now)) ?? []);
  const packages = ofLine.filter((pattern) => pattern !== EVERYTHING_PATTERN).map(readable);
  const expiresAt = line === undefined ? endOf(token, held) : line.expiresAt;
  const orderId = line?.orderId ?? token.order_id;
  const overlapEnd = isReplacement ? await findOverlapEnd(db, token.id, now) : undefined;
  const customer = token.customer === null ? undefined : await findCustomerOfMail(db, token.customer);
  return {
    ...{ token: secret ?? null, token_last_four: token.last_four, token_id: token.id },
    is_replacement: isReplacement,
    previous_token_works_until: overlapEnd === undefined ? null : templateDate(overlapEnd),
    expires_at: expiresAt === null ? null : templateDate(expiresAt),
    days_left: expiresAt === null ? null : Math.max(0, Math.floor((expiresAt - now) / 86_400)),
    ...{ packages, opens_everything: patterns.includes(EVERYTHING_PATTERN) },
    is_order_line: line !== undefined,
    order_id: orderId === null ? null : oneLine(orderId),
    customer_id: customer === undefined ? null : oneLine(customer.customer_id),
    description: oneLine(token.description),
    ...{ repository_url: publicUrl, host: new URL(publicUrl).host, install_url: `${publicUrl}/install` },
    composer: composerLines({ publicUrl, vendorName: vendor_name }, { secret: secret ?? null, packages }),
    ...{ vendor_name: vendor_name === null ? null : oneLine(vendor_name), support_email, support_url },
  };
}

/** `acme/` is how it is stored; people read `acme/*`. */
function readable(pattern: string): string {
  return pattern.endsWith("/") ? `${pattern}*` : pattern;
}

/** What the token reads, without what only something sold requires. */
async function grantsInForce(db: Db, token: TokenRow, now: number): Promise<GrantRow[]> {
  return (await listEffectiveGrants(db, token)).filter(
    ({ revoked_at, expires_at, is_dependency }) =>
      revoked_at === null && (expires_at === null || expires_at > now) && is_dependency === 0,
  );
}

/**
 * The end of the token; where it has none, of the last thing it opens, if all of that ends: a token that reads its
 * customer's grants is of no use after them.
 */
function endOf(token: Pick<TokenRow, "expires_at">, held: readonly GrantRow[]): number | null {
  if (token.expires_at !== null || held.length === 0) return token.expires_at;
  const ends = held.map((grant) => grant.expires_at);
  return ends.every((end) => end !== null) ? Math.max(...ends) : null;
}

/** The address of the order; where it has none that can be used, the customer's. */
export async function addressOf(db: Db, token: Pick<TokenRow, "metadata" | "customer">): Promise<string | undefined> {
  const { customer_email: ofOrder } = JSON.parse(token.metadata) as Record<string, unknown>;
  const ofCustomer = token.customer === null ? null : (await findCustomerOfMail(db, token.customer))?.email;
  return [ofOrder, ofCustomer]
    .filter((address) => typeof address === "string")
    .map((address) => address.trim())
    .find(isMailAddress);
}
