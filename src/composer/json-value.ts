import { ComposerJsonError, quoted } from "./errors.ts";

/** Anything JSON can say. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object. Keys come from outside: copy with Object.fromEntries or a Map, never by assignment (`__proto__`). */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/**
 * How deep values may nest. PHP refuses a document deeper than 512, and the p2 file and composer.lock wrap a
 * package's own values a few levels deeper, so one deep `extra` would make the whole file unreadable.
 */
const DEPTH_MAX = 500;

/** Whether a value is a JSON object and not an array or null. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The members of what PHP would call an array, be it written `[]` or `{}` in JSON; nothing for other values. */
export function membersOf(value: JsonValue | undefined): readonly JsonValue[] | undefined {
  return typeof value === "object" && value !== null ? Object.values(value) : undefined;
}

/** Whether PHP would turn this object key into an integer, which its strictly typed functions then refuse. */
export function isIntegerKey(key: string): boolean {
  return /^(?:0|-?[1-9]\d{0,18})$/.test(key);
}

/** Parses JSON and refuses what JavaScript can read but PHP's json_decode cannot: lone surrogates and deep nesting. */
export function parseJson(text: string): JsonValue {
  let value: JsonValue;
  try {
    // The cast is safe: without a reviver JSON.parse returns JSON values only.
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/[^\x20-\x7e]+/g, " ").slice(0, 200) : "unreadable";
    throw new ComposerJsonError(`is not valid JSON: ${reason}`);
  }
  refuseWhatPhpCannotRead(value);
  return value;
}

function refuseWhatPhpCannotRead(root: JsonValue): void {
  const open: [JsonValue, number][] = [[root, 1]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [value, depth] = next;
    if (typeof value === "string") refuseLoneSurrogate(value);
    if (typeof value !== "object" || value === null) continue;
    if (depth > DEPTH_MAX) throw new ComposerJsonError(`is nested more than ${DEPTH_MAX} levels deep`);
    for (const [key, member] of Object.entries(value)) {
      refuseLoneSurrogate(key);
      open.push([member, depth + 1]);
    }
  }
}

function refuseLoneSurrogate(text: string): void {
  if (!text.isWellFormed()) {
    throw new ComposerJsonError(`is not valid JSON: ${quoted(text)} contains half of a surrogate pair`);
  }
}
