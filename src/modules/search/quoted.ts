import { parsePackageName } from "../../composer/index.ts";
import { hashSecret, kindOfSecret, lastFour } from "../../platform/crypto/secrets.ts";
import { queryText } from "../../platform/http/schemas.ts";
import { patternsCovering } from "../grants/index.ts";
import { folded, wordsOf } from "./words.ts";

const HASHED = /^secret:([0-9a-f]{64})$/;

/** What a text may mean that a buyer quoted; a meaning that it cannot have is absent. */
export interface Quoted {
  /** As an id of the shop: exactly, with and without what stands around it. */
  ids: readonly string[];
  /** As an order, in lower case as far as ASCII goes; with and without its `#`. */
  orders: readonly string[];
  /** As the beginning of an address, in lower case; with and without accents. */
  emails: readonly string[];
  lastFour?: string;
  secretHash?: string;
  /** The id of a token or of a customer of ours. */
  id?: string;
  /** As a package: every stored pattern that covers it. */
  patterns?: readonly string[];
  /** As what follows the `@` of addresses. */
  domain?: string;
  /** As words of a name, or their beginnings: all of them. */
  words?: readonly string[];
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
        "Anything a buyer may quote, with or without brackets, quotes and dots around it: a customer's id, an order in any case and without its `#`, a token's `id` or last four characters, also of a secret that was replaced, a package's name, the beginning or the domain of an e-mail address, words of the name in the metadata",
      examples: ["customer@example.com"],
    });
}

/** What is like a secret, wherever in the text it stands. */
const SECRET = /pb[tm]_[0-9A-Za-z]*/i;

function withoutSecret(text: string): string {
  const secret = SECRET.exec(text)?.[0];
  if (secret === undefined) return text;
  if (kindOfSecret(secret) !== undefined) return `secret:${hashSecret(secret)}`;
  return lastFour(unwrapped(text));
}

/** Brackets, quotes, dots and blanks that a text is quoted with. */
const BEFORE = /^[\s"'`´“”„‚‘’«»‹›([{<…*.]+/u;
const AFTER = /[\s"'`´“”„‚‘’«»‹›)\]}>…*.,;:!?]+$/u;

function unwrapped(text: string): string {
  const inner = text.replace(BEFORE, "").replace(AFTER, "");
  return inner === "" ? text : inner;
}

/** The end of a secret as lists show it, behind whatever they show before it: `buyer@example.com …x7Qz`. */
const SHORTENED = /(?:…|\.\.\.|\*\*)\s*([0-9A-Za-z]{4})$/u;

function lastFourOf(text: string, inner: string): string | undefined {
  if (/^[0-9A-Za-z]{4}$/.test(inner)) return inner;
  return SHORTENED.exec(text.replace(AFTER, ""))?.[1];
}

export function readQuoted(text: string): Quoted {
  const secretHash = HASHED.exec(text)?.[1];
  const inner = unwrapped(text);
  const name = inner.includes("/") ? parsePackageName(inner) : undefined;
  const lastFour = lastFourOf(text, inner);
  const domain = domainOf(inner);
  const words = searchedWords(inner);
  return {
    ids: [...new Set([text, inner])],
    orders: ordersOf(text, inner),
    emails: [...new Set([inner.toLowerCase(), folded(inner)])],
    ...(secretHash === undefined ? {} : { secretHash }),
    ...(lastFour === undefined ? {} : { lastFour }),
    ...(/^(token|cust)_[0-9A-Za-z]{1,40}$/.test(inner) ? { id: inner } : {}),
    ...(name?.ok === true ? { patterns: patternsCovering(name.value) } : {}),
    ...(domain === undefined ? {} : { domain }),
    ...(words.length === 0 ? {} : { words }),
  };
}

/** Databases lower-case no more than ASCII in the same way; the index holds that much. */
function lowerAscii(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function ordersOf(text: string, inner: string): string[] {
  const number = inner.replace(/^#\s*/, "");
  return [...new Set([text, inner, number, `#${number}`].map(lowerAscii))];
}

function domainOf(inner: string): string | undefined {
  return /^(?:@[^\s@/]+|[^\s@/]+\.[^\s@/.]{2,})$/u.test(inner) ? inner.replace("@", "").toLowerCase() : undefined;
}

/** One letter begins too many names. */
function searchedWords(inner: string): string[] {
  const words = inner.includes("@") ? [folded(inner)] : wordsOf(inner);
  return words.some((word) => word.length > 1) ? words : [];
}
