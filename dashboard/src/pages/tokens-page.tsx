import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useMay } from "../api/session.ts";
import { NewTokenDialog } from "../features/tokens/new-token-dialog.tsx";
import { TokenFilters } from "../features/tokens/token-filters.tsx";
import { TokenTable } from "../features/tokens/token-table.tsx";
import { useTokens } from "../features/tokens/tokens.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { LoadMore } from "../ui/load-more.tsx";
import { Page } from "../ui/page.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { useFilters } from "../ui/use-filters.ts";

const FILTERS = ["q", "status", "expiring", "package", "shop"] as const;
const NO_FILTER = Object.fromEntries(FILTERS.map((name) => [name, ""]));

/** What composer on customers' machines logs in with. */
export function Component() {
  const [filter, setFilter] = useFilters(FILTERS);
  const [isCreating, setCreating] = useState(false);
  const query = useTokens(filter);
  const mayCreate = useMay("tokens:write");
  const tokens = query.data?.pages.flatMap((page) => page.items) ?? [];
  const isFiltered = Object.keys(filter).length > 0;
  const isEmpty = query.isSuccess && tokens.length === 0 && !isFiltered;
  const newToken = mayCreate && (
    <Button kind="primary" icon={<Plus className="size-4" />} onClick={() => setCreating(true)}>
      New token
    </Button>
  );
  return (
    <Page
      title="Tokens"
      description="What composer on your customers' machines logs in with. Your shop makes one with each sale."
      actions={!isEmpty && newToken}
    >
      <Card flush>
        <TokenFilters filter={filter} onChange={setFilter} />
        {query.isPending && <SkeletonRows rows={12} />}
        {query.error !== null && <ErrorNote error={query.error} className="m-4" onRetry={() => void query.refetch()} />}
        {query.isSuccess && tokens.length === 0 && (
          <EmptyState
            icon={<KeyRound />}
            title={isFiltered ? "No token matches" : "No token yet"}
            action={isFiltered ? <Button onClick={() => setFilter(NO_FILTER)}>Remove all filters</Button> : newToken}
          >
            {isFiltered
              ? "Ids, orders, package names and the last four characters have to be exact; of an e-mail address the beginning is enough. Revoked tokens are shown when the state says so."
              : "A sale in your shop makes one by itself, with a management token; one can also be made by hand here."}
          </EmptyState>
        )}
        {tokens.length > 0 && <TokenTable tokens={tokens} label="Tokens" />}
        <LoadMore query={query} shown={tokens.length} />
      </Card>
      <NewTokenDialog open={isCreating} onClose={() => setCreating(false)} />
    </Page>
  );
}
