import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";
import { useMay } from "../../api/session.ts";
import type { Customer } from "../customers/customers.ts";
import type { Token } from "../tokens/tokens.ts";

export type Explanation = components["schemas"]["AccessExplanation"];
export type ConsideredGrant = Explanation["grants"][number];

/** Whose access: a token, or what is granted to a customer, as its shop names it. */
export type Holder = { tokenId: string } | { customerId: string; shop: string };

export interface Question {
  holder: Holder;
  package: string;
  /** Absent: the newest. */
  version: string | undefined;
}

/** Anew each time somebody looks: what is explained is what is so now. Changes of grants and tokens ask again. */
export function useExplanation(question: Question | undefined) {
  return useQuery({
    queryKey: ["grants", "explained", question],
    enabled: question !== undefined,
    staleTime: 0,
    queryFn: async () => {
      if (question === undefined) throw new Error("There is nothing to explain.");
      const { holder, version } = question;
      const of =
        "tokenId" in holder ? { token_id: holder.tokenId } : { customer_id: holder.customerId, shop: holder.shop };
      const query = { ...of, package: question.package, ...(version === undefined ? {} : { version }) };
      return await unwrap(api.GET("/api/access/explain", { params: { query } }));
    },
  });
}

export interface Found {
  customers: Customer[];
  tokens: Token[];
}

const EACH = 6;

/** Customers and tokens that have to do with what a buyer quoted; a secret is given as its hash. */
export function useHolders(words: string) {
  const mayCustomers = useMay("customers:read");
  return useQuery({
    queryKey: ["tokens", "holders", words],
    enabled: words !== "",
    queryFn: async (): Promise<Found> => {
      const query = { q: words, limit: EACH };
      const [customers, tokens] = await Promise.all([
        mayCustomers ? unwrap(api.GET("/api/customers", { params: { query } })) : [],
        unwrap(api.GET("/api/tokens", { params: { query: { ...query, status: "all" } } })),
      ]);
      return { customers, tokens };
    },
  });
}
