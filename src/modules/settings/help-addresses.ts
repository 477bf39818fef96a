import { z } from "zod";
import { line } from "./text-line.ts";
import { isMailAddress } from "../../platform/mail/index.ts";

/** Where buyers are sent: for help, and to renew or buy. Of the server, of a shop or of a package; null where not set. */
export interface HelpAddresses {
  support_email: string | null;
  support_url: string | null;
  renew_url: string | null;
}

export const NO_ADDRESSES: HelpAddresses = { support_email: null, support_url: null, renew_url: null };

function isWebAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ["http:", "https:"].includes(url.protocol) && url.username === "" && url.password === "";
}

const webAddress = (example: string) =>
  line(2000).refine(isWebAddress, `must be an http or https URL such as ${example}`);
const supportEmail = line(254).refine(isMailAddress, "must be a mail address such as support@example.com");

const descriptions = {
  support_email: { description: "Where buyers write to for help", examples: ["support@acme.example"] },
  support_url: { description: "Where buyers find help", examples: ["https://acme.example/help"] },
  renew_url: {
    description:
      "Where buyers renew or buy: it ends the lines of composer about what has ended or was not bought, others end in where they find help",
    examples: ["https://acme.example/account"],
  },
};

/** What changes them: absent fields stay, null clears. */
export const helpChangeFields = {
  support_email: supportEmail.nullable().optional().meta(descriptions.support_email),
  support_url: webAddress("https://example.com/support").nullable().optional().meta(descriptions.support_url),
  renew_url: webAddress("https://example.com/account").nullable().optional().meta(descriptions.renew_url),
};

/** What they are. */
export const helpFields = {
  support_email: z.string().nullable().meta(descriptions.support_email),
  support_url: z.string().nullable().meta(descriptions.support_url),
  renew_url: z.string().nullable().meta(descriptions.renew_url),
};

/** Those of a shop or a package, out of its column; none where it has none. */
export function readHelp(stored: string | null): HelpAddresses {
  return stored === null ? NO_ADDRESSES : { ...NO_ADDRESSES, ...(JSON.parse(stored) as Partial<HelpAddresses>) };
}

export type HelpChange = { readonly [Name in keyof HelpAddresses]?: string | null | undefined };

/** As they are afterwards, and as they are stored: null where none is left. */
export function changedHelp(
  before: HelpAddresses,
  change: HelpChange,
): { after: HelpAddresses; stored: string | null } {
  const pick = (name: keyof HelpAddresses) => (change[name] === undefined ? before[name] : change[name]);
  const after: HelpAddresses = {
    support_email: pick("support_email"),
    support_url: pick("support_url"),
    renew_url: pick("renew_url"),
  };
  const isEmpty = Object.values(after).every((value) => value === null);
  return { after, stored: isEmpty ? null : JSON.stringify(after) };
}

/**
 * Where a line sends its reader: of the first that is set, the nearest first (package, shop, server). What is to be
 * renewed or bought is sent there, else to help.
 */
export function addressFor(kind: "renew" | "support", nearest: readonly HelpAddresses[]): string | undefined {
  const renewal = kind === "renew" ? nearest.find(({ renew_url }) => renew_url !== null)?.renew_url : null;
  const helping = nearest.find(({ support_url, support_email }) => support_url !== null || support_email !== null);
  return renewal ?? helping?.support_url ?? helping?.support_email ?? undefined;
}
