import { z } from "zod";

export const HintSchema = z
  .object({
    code: z.string().meta({ description: "What kind of hint it is", examples: ["package.no_type"] }),
    message: z.string().meta({ description: "One sentence: what was seen" }),
    what_to_do: z.string().meta({ description: "In one sentence or two" }),
    example: z.string().nullable().meta({ description: "Text to copy" }),
  })
  .meta({ id: "SourceHint", description: "No failure, but what a customer would find next" });
