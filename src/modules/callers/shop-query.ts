import { z } from "zod";
import { queryText } from "../../platform/http/schemas.ts";

/** `?shop=`: for users, who see all shops; a management token has its own. */
export const shopParameter = queryText(64)
  .optional()
  .meta({
    description:
      "Only this shop. For users of the dashboard, who see all of them; a management token may name none but its own",
    examples: ["default"],
  });

/** For operations that make or find something of one shop and take no other parameter. */
export const ShopQuery = z.strictObject({ shop: shopParameter });
