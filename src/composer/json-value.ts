/** Anything JSON can say. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object. Keys come from outside: copy with Object.fromEntries or a Map, never by assignment (`__proto__`). */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** A number that JavaScript cannot hold as it is written, by its text. */
export interface RawNumber extends JsonObject {
  readonly rawJSON: string;
}

// Node has it; TypeScript's library does not know it yet.
const { isRawJSON } = JSON as unknown as { isRawJSON: (value: unknown) => boolean };

/** Whether a value is a number that is kept by its text (see exact-json.ts). */
export function isRawNumber(value: JsonValue | undefined): value is RawNumber {
  return isRawJSON(value);
}

/** Whether a value is a JSON object and not an array, a number that is kept by its text, or null. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return isContainer(value) && !Array.isArray(value);
}

/** Whether a value is what PHP would call an array. */
export function isContainer(value: JsonValue | undefined): value is JsonObject | readonly JsonValue[] {
  return typeof value === "object" && value !== null && !isRawJSON(value);
}

/** The members of what PHP would call an array, be it written `[]` or `{}` in JSON; nothing for other values. */
export function membersOf(value: JsonValue | undefined): readonly JsonValue[] | undefined {
  return isContainer(value) ? Object.values<JsonValue>(value) : undefined;
}

/** In front of a key that JavaScript would move, and of one that begins so by itself (see exact-json.ts). */
export const KEY_MARK = "\0";

/** The key of an object as it was written. */
export function writtenKey(key: string): string {
  return key.startsWith(KEY_MARK) ? key.slice(KEY_MARK.length) : key;
}

/** Whether PHP would turn this object key into an integer, which its strictly typed functions then refuse. */
export function isIntegerKey(key: string): boolean {
  return /^(?:0|-?[1-9]\d{0,18})$/.test(writtenKey(key));
}
