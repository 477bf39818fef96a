/**
 * JSON that comes out as it went in. JavaScript puts keys that look like array indexes before all others and has no
 * integers above 2^53 and no `1.0`; PHP has all of these, and Composer hands them on. So such keys are kept with a mark
 * in front, which no index has, and such numbers as the text they were written in (`JSON.rawJSON`).
 */
import { isJsonObject, KEY_MARK, writtenKey, type JsonValue } from "./json-value.ts";

const ARRAY_INDEX = /^(?:0|[1-9]\d{0,9})$/;

/** Whether there may be such a key or number in a text; a few texts that have none are taken the long way as well. */
const NEEDS_CARE = /"(?:(?:\d|\\u003\d){1,10}"\s*:|\\u0000)|(?:^|[[:,])\s*(?:-0|-?\d{16}|-?\d+[.eE])/;
const STRINGS = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/gs;

type Reviver = (key: string, value: JsonValue, context: { readonly source?: string }) => JsonValue;
/** What Node has and TypeScript's library does not know yet. */
const Exact = JSON as unknown as {
  parse(text: string, reviver: Reviver): JsonValue;
  rawJSON(text: string): JsonValue;
};

/** `JSON.parse` for a text that is to be written again. Throws as it does. */
export function parseExact(text: string): JsonValue {
  // The cast is safe: without a reviver JSON.parse returns JSON values only.
  return exactly(text, JSON.parse(text) as JsonValue);
}

/** The same for a text that was parsed already. */
export function exactly(text: string, plain: JsonValue): JsonValue {
  return NEEDS_CARE.test(text) ? Exact.parse(text.replace(STRINGS, markKey), reviveNumber) : plain;
}

/** `JSON.stringify` for what {@link parseExact} read. */
export function writeExact(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.includes(String.raw`"\u0000`) ? write(value) : text;
}

function markKey(token: string, colon: string | undefined): string {
  if (colon === undefined) return token;
  const key = JSON.parse(token.slice(0, -colon.length)) as string;
  return ARRAY_INDEX.test(key) || key.startsWith(KEY_MARK) ? String.raw`"\u0000${token.slice(1)}` : token;
}

const reviveNumber: Reviver = (_, value, { source }) =>
  typeof value === "number" && source !== undefined && String(value) !== source ? Exact.rawJSON(source) : value;

function write(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map((member: JsonValue) => write(member)).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(writtenKey(key))}:${write(member)}`);
  return `{${members.join(",")}}`;
}
