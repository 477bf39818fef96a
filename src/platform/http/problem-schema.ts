import { z } from "zod";

/** RFC 9457 problem details, the form of every refusal. */
export const ProblemSchema = z
  .object({
    type: z.literal("about:blank"),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: "Stable, for programs", example: "request.invalid" }),
    detail: z.string().meta({ description: "For people" }),
    errors: z
      .array(
        z.object({
          pointer: z.string().meta({ description: "RFC 6901 pointer into the body, or `?name` of a query parameter" }),
          detail: z.string(),
        }),
      )
      .optional(),
    request_id: z.string(),
  })
  .meta({ id: "Problem" });

/** The refusals an operation can answer with, for its `response` schema. */
export function problems<Status extends number>(...statuses: Status[]): Record<Status, typeof ProblemSchema> {
  return Object.fromEntries(statuses.map((status) => [status, ProblemSchema])) as Record<Status, typeof ProblemSchema>;
}
