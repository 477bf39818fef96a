import { z } from "zod";

/** 5138-11-16: what is later was given in milliseconds. */
const LATEST_TIME = 99_999_999_999;

/**
 * Why a text cannot be stored; undefined when it can. PostgreSQL knows no NUL and UTF-8 no half of a character: both
 * are refused on every engine, with the reason, instead of failing on one and being changed silently on the other.
 */
export function textProblem(text: string): string | undefined {
  if (text.includes("\0")) return "must not contain a NUL character";
  return text.isWellFormed() ? undefined : "must be valid Unicode, without halves of a surrogate pair";
}

/** A text that a database can hold. */
export function storableText() {
  return z.string().superRefine((text, context) => {
    const message = textProblem(text);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
}

/** Of an e-mail address no more is asked than that mail may be sent to it; what is wrong with it the mail server says. */
export const EmailAddress = storableText()
  .max(255)
  .regex(/^[^\s@]+@[^\s@]+$/, "must be an e-mail address");

/** A query parameter: given once, not empty. A filter that is silently dropped would list everybody. */
export function queryText(maxLength: number) {
  return z
    .string({ error: (issue) => (Array.isArray(issue.input) ? "is given more than once" : "must be a text") })
    .min(1, "is empty; leave it out or give a value")
    .max(maxLength)
    .refine((text) => textProblem(text) === undefined, { error: (issue) => textProblem(String(issue.input)) ?? "" });
}

interface WholeNumber {
  min: number;
  max: number;
  /** What is said of anything else. */
  message: string;
  description: string;
  example: number;
}

/**
 * A query parameter that is a whole number: so it stands in openapi.json, where generated clients read it. It arrives
 * as text, and only its digits are taken: no sign, no fraction, no exponent.
 */
export function queryNumber({ min, max, message, description, example }: WholeNumber) {
  return z
    .unknown()
    .superRefine((value, context) => {
      const problem = value === undefined ? undefined : wholeNumberProblem(value, min, max, message);
      if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
    })
    .transform((value) => (value === undefined ? undefined : Number(value)))
    .optional()
    .meta({ type: "integer", minimum: min, maximum: max, description, examples: [example] });
}

function wholeNumberProblem(value: unknown, min: number, max: number, message: string): string | undefined {
  if (Array.isArray(value)) return "is given more than once";
  if (value === "") return "is empty; leave it out or give a value";
  const isWhole = typeof value === "string" && /^(?:0|[1-9]\d{0,14})$/.test(value);
  return isWhole && Number(value) >= min && Number(value) <= max ? undefined : message;
}

/** A query parameter that is a time in Unix seconds. */
export function queryTime(description: string) {
  return queryNumber({
    min: 0,
    max: LATEST_TIME,
    message: "must be a whole number of Unix seconds, not milliseconds",
    description,
    example: 1735689600,
  });
}

/** A query parameter with a few possible values; given once. */
export function queryChoice<const Choices extends readonly [string, ...string[]]>(choices: Choices) {
  return z.enum(choices, {
    error: (issue) =>
      Array.isArray(issue.input)
        ? "is given more than once"
        : `must be ${choices.map((choice) => JSON.stringify(choice)).join(" or ")}`,
  });
}

/** For operations that take no query parameter: a misspelt one is told, not ignored. */
export const NoQuery = z.strictObject({});
