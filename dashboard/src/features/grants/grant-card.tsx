import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { LoadMore } from "../../ui/load-more.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import type { Token } from "../tokens/tokens.ts";
import { GrantTable } from "./grant-table.tsx";
import type { useGrantsOfCustomer } from "./grants.ts";

export function GrantCard({
  query,
  tokens,
}: {
  query: ReturnType<typeof useGrantsOfCustomer>;
  tokens: ReadonlyMap<string, Token>;
}) {
  const grants = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card title="Grants" description="What they may read, one line for each package or prefix." flush>
      {query.isPending && <SkeletonRows rows={2} />}
      {query.error !== null && <ErrorNote error={query.error} className="m-4" />}
      {query.isSuccess && grants.length === 0 && <p className="px-5 py-4 text-ink-3">Nothing is granted to them.</p>}
      {grants.length > 0 && <GrantTable grants={grants} tokens={tokens} />}
      <LoadMore query={query} shown={grants.length} />
    </Card>
  );
}
