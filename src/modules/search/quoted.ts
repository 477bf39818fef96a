import { parsePackageName } from "../../composer/index.ts";
import { hashSecret, kindOfSecret, lastFour } from "../../platform/crypto/secrets.ts";
import { queryText } from "../../platform/http/schemas.ts";
import { patternsCovering } from "../grants/index.ts";

const HASHED = /^secret:([0-9a-f]{64})$/;

/** What a text may mean that a buyer quoted; a meaning that it cannot have is absent. */
export interface Quoted {
  /** As an id of the shop: exactly. */
  text: string;
  /** As the beginning of an address, lower-cased. */
  email: string;
  lastFour?: string;
  secretHash?: string;
  /** The id of a token or of a customer of ours. */
  id?: string;
  /** As a package: every stored pattern that covers it. */
  patterns?: readonly string[];
}

/**
 * `?q=` of lists of customers and tokens. A whole secret that was pasted is replaced by its hash, or a mistyped one by
 * its last four characters, before anything else sees it: it must not come back in an address or a log.
 */
export function searchText() {
  return queryText(320)
    .refine((text) => text.trim() !== "", "is empty; leave it out or give a value")
    .transform((text) => withoutSecret(text.trim()))
    .optional()
    .meta({
      description:
        "Anything a buyer may quote: a customer's id, an order's id, a token's `id` or last four characters, a package's name (each exactly), or the beginning of an e-mail address, in any case",
      examples: ["customer@example.com"],
    });
}

function withoutSecret(text: string): string {
  if (!/^pb[tm]_/i.test(text)) return text;
  return kindOfSecret(text) === undefined ? lastFour(text) : `secret:${hashSecret(text)}`;
}

export function readQuoted(text: string): Quoted {
  const secretHash = HASHED.exec(text)?.[1];
  const name = text.includes("/") ? parsePackageName(text) : undefined;
  return {
    text,
    email: text.toLowerCase(),
    ...(secretHash === undefined ? {} : { secretHash }),
    ...(/^[0-9A-Za-z]{4}$/.test(text) ? { lastFour: text } : {}),
    ...(/^(token|cust)_[0-9A-Za-z]{1,40}$/.test(text) ? { id: text } : {}),
    ...(name?.ok === true ? { patterns: patternsCovering(name.value) } : {}),
  };
}
