import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TokenTable } from "../tokens/token-table.tsx";
import { buyerOf, useTokens } from "../tokens/tokens.ts";

/** Tokens that a search finds and that belong to no customer: guest orders. */
export function useGuestTokens(q: string | undefined, shop: string | undefined) {
  const query = useTokens(
    { ...(q === undefined ? {} : { q }), ...(shop === undefined ? {} : { shop }), status: "all" },
    { limit: 100, enabled: q !== undefined },
  );
  const tokens = query.data?.pages.flatMap((page) => page.items) ?? [];
  return {
    tokens: q === undefined ? [] : tokens.filter((token) => buyerOf(token).customerId === undefined),
    isPending: q !== undefined && query.isPending,
    error: query.error,
  };
}

export function GuestTokens({ found }: { found: ReturnType<typeof useGuestTokens> }) {
  if (found.error !== null) return <ErrorNote error={found.error} />;
  if (found.tokens.length === 0) return null;
  return (
    <Card title="Tokens of guests" description="They match as well, and belong to no customer of a shop." flush>
      <TokenTable tokens={found.tokens} label="Tokens of guests" />
    </Card>
  );
}
