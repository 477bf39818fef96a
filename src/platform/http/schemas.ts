import { z } from "zod";

/** A query parameter: given once, not empty. A filter that is silently dropped would list everybody. */
export function queryText(maxLength: number) {
  return z
    .string({ error: (issue) => (Array.isArray(issue.input) ? "is given more than once" : "must be a text") })
    .min(1, "is empty; leave it out or give a value")
    .max(maxLength)
    .refine((text) => !text.includes("\0"), "must not contain a NUL character");
}

const TYPE_WORDS: Record<string, string> = { int: "a whole number", array: "a list", record: "an object" };

function wordFor(type: string): string {
  return TYPE_WORDS[type] ?? (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);
}

function typeOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : wordFor(typeof value);
}

/** Words for what zod finds wrong, as the end of a sentence that begins with the field. */
export function installErrorMessages(): void {
  z.config({
    customError: (issue) => {
      switch (issue.code) {
        case "invalid_type":
          return issue.input === undefined ? "is required" : `must be ${wordFor(issue.expected)}, not ${typeOf(issue.input)}`;
        case "unrecognized_keys":
          return `has the unknown field ${issue.keys.map((key) => key.slice(0, 100)).join(", ")}`;
        case "invalid_value":
          return `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
        case "too_small":
          return issue.origin === "string" && issue.minimum === 1
            ? "must not be empty"
            : `must be at least ${String(issue.minimum)}${unitOf(issue.origin)}`;
        case "too_big":
          return `must be at most ${String(issue.maximum)}${unitOf(issue.origin)}`;
        case "invalid_union":
          return "must be a string, a number, a boolean or null";
        default:
          return undefined;
      }
    },
  });
}

function unitOf(origin: string): string {
  if (origin === "string") return " characters long";
  return origin === "array" ? " entries" : "";
}
