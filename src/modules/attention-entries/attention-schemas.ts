import { z } from "zod";
import { pageCursor, pageLimit } from "../../platform/http/paging.ts";
import { queryChoice, queryText, storableText } from "../../platform/http/schemas.ts";
import { shopParameter } from "../callers/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

export const AttentionListQuery = z.strictObject({
  shop: shopParameter,
  status: queryChoice(["open", "dismissed", "all"])
    .optional()
    .meta({ description: "`open`, the default: those nobody dismissed" }),
  kind: queryText(100)
    .optional()
    .meta({ description: "Only of this kind", examples: ["order.another_buyer"] }),
  limit: pageLimit(),
  cursor: pageCursor(),
});
export type AttentionListQuery = z.infer<typeof AttentionListQuery>;

export const AttentionParams = z.strictObject({
  id: storableText().meta({ description: "The entry's `id`", examples: ["attn_abc123"] }),
});

export const AttentionEntry = z
  .object({
    id: z.string().meta({ examples: ["attn_abc123"] }),
    kind: z.string().meta({
      description: "What happened; there will be more kinds",
      examples: ["order.another_buyer"],
    }),
    title: z.string().meta({ description: "The same in words", examples: ["Order 1001 was sold to two buyers"] }),
    what_to_do: z.string().meta({ description: "In words" }),
    subject: z
      .object({ kind: z.string().meta({ examples: ["order"] }), id: z.string().meta({ examples: ["1001"] }) })
      .meta({ description: "What it is about: a token or a mail by its `id`, an order by its `order_id`, …" }),
    shop: z.string().nullable().meta({ description: "null: every shop" }),
    customer_id: z
      .string()
      .nullable()
      .meta({ description: "The shop's own id of the customer it is about", examples: ["cust_123"] }),
    times: z.int().meta({ description: "How often it happened" }),
    created_at: UnixSeconds,
    last_at: UnixSeconds.meta({ description: "When it happened last" }),
    dismissed_at: UnixSeconds.nullable(),
  })
  .meta({ id: "AttentionEntry", description: "Something that somebody should look at" });
