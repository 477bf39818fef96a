import { ComposerJsonError, quoted } from "./errors.ts";
import { exactly } from "./exact-json.ts";
import { isContainer, type JsonValue } from "./json-value.ts";

/**
 * How deep values may nest. PHP refuses a document deeper than 512, and the p2 file and composer.lock wrap a
 * package's own values a few levels deeper, so one deep `extra` would make the whole file unreadable.
 */
const DEPTH_MAX = 500;

/**
 * Parses JSON so that it can be written as it was, and refuses what JavaScript can read but PHP cannot read or write:
 * lone surrogates, deep nesting, numbers without an end.
 */
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
  return exactly(text, value);
}

function refuseWhatPhpCannotRead(root: JsonValue): void {
  const open: [JsonValue, number][] = [[root, 1]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [value, depth] = next;
    if (typeof value === "string") refuseLoneSurrogate(value);
    if (typeof value === "number") refuseInfinity(value);
    if (!isContainer(value)) continue;
    if (depth > DEPTH_MAX) throw new ComposerJsonError(`is nested more than ${DEPTH_MAX} levels deep`);
    for (const [key, member] of Object.entries<JsonValue>(value)) {
      refuseLoneSurrogate(key);
      open.push([member, depth + 1]);
    }
  }
}

/** PHP reads such a number as infinite and then cannot write the composer.lock of whoever installs it. */
function refuseInfinity(value: number): void {
  if (!Number.isFinite(value)) throw new ComposerJsonError("holds a number that is too large for PHP, such as 1e400");
}

function refuseLoneSurrogate(text: string): void {
  if (!text.isWellFormed()) {
    throw new ComposerJsonError(`is not valid JSON: ${quoted(text)} contains half of a surrogate pair`);
  }
}
