import { Plus, Receipt } from "lucide-react";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { LoadMore } from "../../ui/load-more.tsx";
import { Note } from "../../ui/note.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import { readsGrants } from "../tokens/tokens.ts";
import type { Token } from "../tokens/tokens.ts";
import { GrantTable } from "./grant-table.tsx";
import type { useGrantsOfCustomer } from "./grants.ts";
import { ordersOf } from "./lines.ts";
import type { GrantOwner } from "./lines.ts";
import { OrderList } from "./order-list.tsx";
import { useGrantDialogs } from "./use-grant-dialogs.tsx";

/** What a customer may read: what was bought, order by order, and what their tokens hold by themselves. */
export function GrantCard({
  of: owner,
  query,
  tokens,
  isFinal = false,
}: {
  of: GrantOwner;
  query: ReturnType<typeof useGrantsOfCustomer>;
  tokens: ReadonlyMap<string, Token>;
  /** Nothing is ever granted to a customer that was erased. */
  isFinal?: boolean;
}) {
  const mayChange = useMay("grants:write") && !isFinal;
  const { ask, dialogs } = useGrantDialogs();
  const grants = query.data?.pages.flatMap((page) => page.items) ?? [];
  const orders = ordersOf(grants, owner);
  const others = grants.filter(({ token, order_id, line }) => token !== null || order_id === null || line === null);
  const add = mayChange && (
    <Button icon={<Plus className="size-4" />} onClick={() => ask({ what: "add", owner })}>
      Add a grant
    </Button>
  );
  return (
    <>
      <Card
        title="Bought"
        description="What each line of an order grants to the customer, for every token that reads the customer’s grants."
        actions={orders.length === 0 ? undefined : add}
        flush
      >
        {query.isPending && <SkeletonRows rows={2} />}
        {query.error !== null && <ErrorNote error={query.error} className="m-4" onRetry={() => void query.refetch()} />}
        {query.isSuccess && orders.length === 0 && (
          <EmptyState icon={<Receipt />} title="No order grants them anything" action={add}>
            A shop grants line by line, or sells tokens that hold their packages themselves.
          </EmptyState>
        )}
        {orders.length > 0 && <UnreadNote tokens={tokens} grants={grants} />}
        {orders.length > 0 && <OrderList orders={orders} ask={mayChange ? ask : undefined} />}
        <LoadMore query={query} shown={grants.length} />
      </Card>
      {others.length > 0 && (
        <Card title="Held by their tokens" description="What a token reads by itself, and loses when it ends." flush>
          <GrantTable grants={others} tokens={tokens} />
        </Card>
      )}
      {dialogs}
    </>
  );
}

/** Grants that nobody can use look as if everything were well. */
function UnreadNote({
  tokens,
  grants,
}: {
  tokens: ReadonlyMap<string, Token>;
  grants: readonly { token: string | null; status: string }[];
}) {
  const isRead = [...tokens.values()].some(readsGrants);
  const isAny = grants.some(({ token, status }) => token === null && status === "active");
  if (isRead || !isAny) return null;
  return (
    <div className="border-b border-line p-4">
      <Note tone="warn">
        None of their active tokens reads these grants, so composer gets nothing of it. A new token can: choose “Also
        what is granted to the customer”.
      </Note>
    </div>
  );
}
