import { z } from "zod";
import { pageCursor, pageLimit } from "../../platform/http/paging.ts";
import { queryChoice, queryText, storableText } from "../../platform/http/schemas.ts";
import { shopParameter } from "../callers/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

export const SharingListQuery = z.strictObject({
  shop: shopParameter,
  token_id: queryText(60)
    .optional()
    .meta({ description: "Of this token", examples: ["token_abc123"] }),
  customer_id: queryText(255)
    .optional()
    .meta({ description: "Of the tokens of this customer, by the shop's own id", examples: ["42"] }),
  status: queryChoice(["open", "dismissed", "all"])
    .optional()
    .meta({ description: "`open`, the default: those nobody dismissed" }),
  limit: pageLimit(),
  cursor: pageCursor(),
});
export type SharingListQuery = z.infer<typeof SharingListQuery>;

export const SharingParams = z.strictObject({
  token_id: storableText().meta({ description: "The token's `id`", examples: ["token_abc123"] }),
});

export const SharingSignal = z
  .object({
    token_id: z.string().meta({ examples: ["token_abc123"] }),
    last_four: z.string().meta({ examples: ["x7Qz"] }),
    description: z.string().meta({ description: "The token's", examples: ["Customer 42 - Order #12345"] }),
    shop: z.string().meta({ examples: ["default"] }),
    customer_id: z
      .string()
      .nullable()
      .meta({ examples: ["42"] }),
    networks: z.int().meta({ description: "How many it was used from at most, within `days`", examples: [41] }),
    days: z.int().meta({ examples: [7] }),
    suspected_at: UnixSeconds,
    dismissed_at: UnixSeconds.nullable(),
  })
  .meta({ id: "SharingSignal", description: "A token that is used from more networks than is usual" });
