import type { ComposerLines } from "../settings/index.ts";

/**
 * An end, in the forms a template may want. A day is that of the vendor's time zone, and always the last one on which
 * everything works: of an end at 00:00 the day before, so that nobody counts in a day of which nothing is left.
 */
export interface TemplateDate {
  /** `15 January 2027`. */
  long: string;
  /** `2027-01-15`. */
  date: string;
  /** The moment itself, in UTC: `2027-01-15T08:00:00Z`. */
  iso: string;
  /** To go on after "until": `15 January 2027, 08:00 (UTC)`, or where a day ends `the end of 14 January 2027 (UTC)`. */
  until: string;
}

/** About a secret that was found in public. */
export interface LeakedValues {
  /** Of the secret that was found; after a rotation it is not the token's own. */
  last_four: string;
  /** Where it was found, as the reporter says; null: it does not say. */
  url: string | null;
  /** The token was revoked for it. */
  is_revoked: boolean;
  /** It was a secret that had been replaced; it ended, and the token goes on. */
  is_replaced: boolean;
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
  /** Until when it goes on after that, where there are days of grace; null: there are none. */
  grace_until: TemplateDate | null;
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
  /** In which the dates are: `UTC`, `Europe/Berlin`. */
  time_zone: string;
  /** `leaked`: the secret that was found in public, and what was done; null in other mails. */
  leaked: LeakedValues | null;
  vendor_name: string | null;
  support_email: string | null;
  support_url: string | null;
}

const MINUTE_SECONDS = 60;

/** Of an end. */
export function templateDate(unixSeconds: number, timeZone: string): TemplateDate {
  const last = localTime(unixSeconds - 1, timeZone);
  const endsDay = last.long !== localTime(unixSeconds + MINUTE_SECONDS - 1, timeZone).long;
  return {
    ...{ long: last.long, date: last.date },
    iso: `${new Date(unixSeconds * 1000).toISOString().slice(0, 19)}Z`,
    until: `${endsDay ? `the end of ${last.long}` : `${last.long}, ${localTime(unixSeconds, timeZone).time}`} (${timeZone})`,
  };
}

function localTime(unixSeconds: number, timeZone: string): { long: string; date: string; time: string } {
  const at = new Date(unixSeconds * 1000);
  const format = (options: Intl.DateTimeFormatOptions) =>
    Object.fromEntries(
      new Intl.DateTimeFormat("en-GB", { timeZone, ...options })
        .formatToParts(at)
        .map(({ type, value }) => [type, value]),
    );
  const { day, month, year } = format({ day: "numeric", month: "long", year: "numeric" });
  const numbers = format({ day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return {
    long: `${day} ${month} ${year}`,
    date: `${year}-${numbers["month"]}-${numbers["day"]}`,
    time: `${numbers["hour"]}:${numbers["minute"]}`,
  };
}

const TEXT_LENGTH_MAX = 500;

/** One line that a shop wrote, for a mail: without control characters, and not without end. */
export function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").trim();
  return line.length > TEXT_LENGTH_MAX ? `${line.slice(0, TEXT_LENGTH_MAX - 1).trimEnd()}…` : line;
}
