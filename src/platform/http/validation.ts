import type { FastifySchemaCompiler } from "fastify";
import type { z } from "zod";
import { AppError } from "../errors.ts";
import { closestName } from "../did-you-mean.ts";
import type { FieldError } from "../errors.ts";
import { knownFieldsAt } from "./known-fields.ts";
import { forgiveEmptyArrays } from "./php-arrays.ts";

/** A caller repairs a few at a time; a body of 100,000 wrong fields must not be answered by as many lines. */
const ERRORS_MAX = 20;
/** Of a name that somebody else chose; an error answer is no place for a megabyte of echo. */
const NAME_LENGTH_MAX = 100;

type HttpPart = "body" | "querystring" | "params" | "headers";

/** Checks a part of a request; what is wrong is told by field, all at once, as an {@link AppError}. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const part = readHttpPart(httpPart);
  return (data: unknown) => {
    const given = { value: data };
    const parse = () => schema.safeParse(given.value, { error: describeIssue });
    const first = parse();
    if (first.success) return { value: first.data };
    const result = part === "body" && forgiveEmptyArrays(given, first.error.issues) ? parse() : first;
    if (result.success) return { value: result.data };
    return { error: invalidRequest(result.error.issues.flatMap((issue) => fieldErrorsOf(issue, part, schema))) };
  };
};

function readHttpPart(httpPart: string | undefined): HttpPart {
  return httpPart === "querystring" || httpPart === "params" || httpPart === "headers" ? httpPart : "body";
}

function invalidRequest(all: FieldError[]): AppError {
  const errors = all.slice(0, ERRORS_MAX);
  const more = all.length > errors.length ? `; and ${all.length - errors.length} more` : "";
  const details = errors.map(({ pointer, detail }) => `${pointer === "" ? "The body" : pointer} ${detail}`);
  return new AppError("request.invalid", `The request is not valid: ${details.join("; ")}${more}`, { errors });
}

function fieldErrorsOf(issue: z.core.$ZodIssue, part: HttpPart, schema: z.ZodType): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const detail = part === "querystring" ? "is not a known parameter" : "is not a known field";
    const known = knownFieldsAt(schema, issue.path);
    return issue.keys.map((key, index) => ({
      pointer: pointerTo([...path, key], part),
      // Of no more than are shown: a body can have a hundred thousand.
      detail: index < ERRORS_MAX ? withGuess(detail, key, known) : detail,
    }));
  }
  return [{ pointer: pointerTo(path, part), detail: issue.message }];
}

function withGuess(detail: string, key: string, known: readonly string[]): string {
  const guess = closestName(key, known);
  return guess === undefined ? detail : `${detail}; did you mean ${guess}?`;
}

/** RFC 6901 into the body, `?name` of a query parameter, `{name}` of a part of the path. */
function pointerTo(path: string[], part: HttpPart): string {
  const names = path.map((name) => name.slice(0, NAME_LENGTH_MAX).replaceAll("\0", "\u{FFFD}").toWellFormed());
  if (part === "querystring") return `?${names.join("/")}`;
  if (part === "params") return `{${names.join("/")}}`;
  return names.map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

const TYPE_WORDS: Record<string, string> = { int: "a whole number", array: "a list", record: "an object" };

function wordFor(type: string): string {
  return TYPE_WORDS[type] ?? (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number" && !Number.isSafeInteger(value)) return "another number";
  return Array.isArray(value) ? "a list" : wordFor(typeof value);
}

/** Words for what zod finds wrong, as the end of a sentence that begins with the field. */
function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type") {
    // No body at all arrives as null.
    const isMissing = issue.input === undefined || (issue.input === null && (issue.path ?? []).length === 0);
    return isMissing ? "is required" : `must be ${wordFor(issue.expected)}, not ${typeOf(issue.input)}`;
  }
  if (issue.code === "invalid_value") {
    return `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
  }
  if (issue.code === "too_small") {
    if (issue.origin === "string" && issue.minimum === 1) return "must not be empty";
    return `must be at least ${String(issue.minimum)}${unitOf(issue.origin)}`;
  }
  if (issue.code === "too_big") return `must be at most ${String(issue.maximum)}${unitOf(issue.origin)}`;
  return undefined;
}

function unitOf(origin: string): string {
  if (origin === "string") return " characters long";
  return origin === "array" ? " entries" : "";
}
