import { z } from "zod";
import type { ErrorCode } from "../errors.ts";

/** RFC 9457 problem details, the form of every refusal. */
export const ProblemSchema = z
  .object({
    type: z.string().meta({
      description: "Leads to what the code means and what to do; relative to this server",
      examples: ["/docs/reference/errors#request.invalid"],
    }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: "Stable, for programs", examples: ["request.invalid"] }),
    detail: z.string().meta({ description: "For people: what is wrong and what to do" }),
    errors: z
      .array(
        z.object({
          pointer: z.string().meta({
            description: "RFC 6901 pointer into the body, `?name` of a query parameter, `{name}` of a part of the path",
            examples: ["/expires_at"],
          }),
          detail: z.string().meta({ examples: ["looks like milliseconds; send Unix seconds (divide by 1000)"] }),
        }),
      )
      .optional(),
    request_id: z.string().meta({ description: "Finds the request in the server's log" }),
  })
  .meta({ id: "Problem" });

/** Where a code is described: on every server, and relative (RFC 9457 allows it), as a server has several names. */
export function problemType(code: ErrorCode): string {
  return `/docs/reference/errors#${code}`;
}

/** The refusals an operation can answer with, for its `response` schema. */
export function problems<Status extends number>(...statuses: Status[]): Record<Status, typeof ProblemSchema> {
  return Object.fromEntries(statuses.map((status) => [status, ProblemSchema])) as Record<Status, typeof ProblemSchema>;
}

/** Codes that not every operation with its statuses has, and those that this one, against the rule, has not. */
export interface OwnProblems {
  more?: ErrorCode[];
  never?: ErrorCode[];
}

/** What an operation can answer besides what all of its kind can, for its `schema`; ends up in openapi.json. */
export function ownProblems(problem: OwnProblems): { "x-problems": OwnProblems } {
  return { "x-problems": problem };
}
