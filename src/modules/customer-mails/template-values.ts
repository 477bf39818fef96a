import type { ComposerLines } from "../settings/index.ts";

/** A date, in the forms a template may want; always UTC. */
export interface TemplateDate {
  /** `15 January 2027`. */
  long: string;
  /** `2027-01-15`. */
  date: string;
  /** `2027-01-15T08:00:00Z`. */
  iso: string;
}

/**
 * Everything a template may name (docs/administration/mail.md has them for operators). Whatever is unknown is null,
 * so that `{% if … %}` can ask; a name that is not here is a mistake in the template.
 */
export interface TemplateValues {
  /** The secret; null in mails that are about none. */
  token: string | null;
  token_last_four: string;
  token_id: string;
  /** The token was known to the customer before: this is another secret for it. */
  is_replacement: boolean;
  /** Until when the secret before goes on working; null: it does not. */
  previous_token_works_until: TemplateDate | null;
  /** null: it has no end. */
  expires_at: TemplateDate | null;
  /** Whole days until then, 0 on the last day; null where there is no end. */
  days_left: number | null;
  /** What it opens: `acme/checkout`, `acme/*`; empty where it opens everything. */
  packages: readonly string[];
  opens_everything: boolean;
  /** `renewed` and `expiring`: it is about what one order sold, named by `packages` and `order_id`; the token goes on. */
  is_order_line: boolean;
  order_id: string | null;
  customer_id: string | null;
  description: string;
  repository_url: string;
  /** With the port where there is one. */
  host: string;
  install_url: string;
  /** What to type, exact for this host. */
  composer: ComposerLines;
  vendor_name: string | null;
  support_email: string | null;
  support_url: string | null;
}

const MONTHS = "January February March April May June July August September October November December".split(" ");

export function templateDate(unixSeconds: number): TemplateDate {
  const at = new Date(unixSeconds * 1000);
  const iso = at.toISOString();
  return {
    long: `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()] ?? ""} ${at.getUTCFullYear()}`,
    date: iso.slice(0, 10),
    iso: `${iso.slice(0, 19)}Z`,
  };
}

const TEXT_LENGTH_MAX = 500;

/** One line that a shop wrote, for a mail: without control characters, and not without end. */
export function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").trim();
  return line.length > TEXT_LENGTH_MAX ? `${line.slice(0, TEXT_LENGTH_MAX - 1).trimEnd()}…` : line;
}
