import type { Caller } from "../callers/index.ts";
import { previewAccess } from "../moves/index.ts";
import type { AccessChange } from "../moves/index.ts";
import { getVisibleToken } from "../tokens/index.ts";
import { convert } from "./convert-token.ts";
import type { ConversionDeps } from "./convert-token.ts";
import { withOthers } from "./with-others.ts";

/** What converting a token would do. */
export interface ConversionPreview {
  /** The token itself first, then the other tokens of its customer that the caller sees. */
  tokens: AccessChange[];
  order_id: string | null;
  line: string | null;
  /** Whether converting it needs somebody to say that its buyer is the customer. */
  another_address: boolean;
  warnings: string[];
}

/** What {@link convertToken} would do, by what it does; nothing of that is kept. Refuses what it would refuse. */
export async function previewConversion(deps: ConversionDeps, caller: Caller, id: string): Promise<ConversionPreview> {
  let told: Omit<ConversionPreview, "tokens"> | undefined;
  const tokens = await previewAccess(deps, async (silent, trx, changed, measure) => {
    const row = await getVisibleToken(trx, caller, id);
    await measure([], await withOthers(trx, caller, [row]));
    // Whether it is the same person is asked before it is done, not before it is shown.
    const wish = { isSamePerson: true };
    const joined = await convert({ ...silent, lines: deps.lines }, trx, changed, caller, id, wish);
    told = {
      order_id: joined.place?.orderId ?? null,
      line: joined.place?.line ?? null,
      another_address: joined.hadAnotherAddress,
      warnings: joined.warnings,
    };
  });
  return { tokens, order_id: null, line: null, another_address: false, warnings: [], ...told };
}
