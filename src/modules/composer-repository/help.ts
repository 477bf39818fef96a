import { addressFor } from "../settings/index.ts";
import type { CatalogueState } from "./catalogue.ts";
import type { HostedRow } from "./composer-repository-queries.ts";

/** Where the lines of one answer send their reader; undefined where nobody said. */
export interface Help {
  /** For what has ended, or was not bought. */
  readonly renew: string | undefined;
  readonly support: string | undefined;
}

export const NO_HELP: Help = { renew: undefined, support: undefined };

/** Of a package, else of the shop that sold the token, else of the server. */
export function helpOf(
  state: Pick<CatalogueState, "help" | "shopHelp">,
  { shop, hosted }: { shop: string | undefined; hosted?: Pick<HostedRow, "help"> | undefined },
): Help {
  const ofShop = shop === undefined ? undefined : state.shopHelp.get(shop);
  const nearest = [hosted?.help, ofShop, state.help].filter((addresses) => addresses !== undefined);
  return { renew: addressFor("renew", nearest), support: addressFor("support", nearest) };
}
