import { Plus, Receipt } from "lucide-react";
import { useMemo } from "react";
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
import { useTokenDialogs } from "../tokens/use-token-dialogs.tsx";
import type { useGrantsOfCustomer } from "./grants.ts";
import type { GrantOwner } from "./lines.ts";
import { PurchaseList } from "./purchase-list.tsx";
import { ordersOf } from "./purchases.ts";
import { useGrantDialogs } from "./use-grant-dialogs.tsx";

/** What a customer bought: each purchase once, whichever way it was sold. */
export function PurchaseCard({
  of: owner,
  query,
  tokens,
  isFinal = false,
}: {
  of: GrantOwner;
  query: ReturnType<typeof useGrantsOfCustomer>;
  /** Those of the customer; undefined while they are asked for. */
  tokens: readonly Token[] | undefined;
  /** Nothing is ever granted to a customer that was erased. */
  isFinal?: boolean;
}) {
  const mayGrant = useMay("grants:write") && !isFinal;
  const mayChangeTokens = useMay("tokens:write") && !isFinal;
  const ofGrant = useGrantDialogs();
  const ofToken = useTokenDialogs();
  const tokensById = useMemo(() => new Map((tokens ?? []).map((token) => [token.id, token])), [tokens]);
  const grants = query.data?.pages.flatMap((page) => page.items) ?? [];
  // Without the tokens it is not known with which order something was sold.
  const isPending = query.isPending || tokens === undefined;
  const orders = isPending ? [] : ordersOf(grants, owner, tokensById);
  const add = mayGrant && (
    <Button icon={<Plus className="size-4" />} onClick={() => ofGrant.ask({ what: "add", owner })}>
      Add a grant
    </Button>
  );
  return (
    <Card
      title="What they bought"
      description="Each purchase once, by order: until when it goes, and with which token composer gets it."
      actions={orders.length === 0 ? undefined : add}
      flush
    >
      {isPending && <SkeletonRows rows={2} />}
      {query.error !== null && <ErrorNote error={query.error} className="m-4" onRetry={() => void query.refetch()} />}
      {query.isSuccess && !isPending && orders.length === 0 && (
        <EmptyState icon={<Receipt />} title="They bought nothing yet" action={add}>
          What a shop sells them is here, whether line by line of an order or with a token.
        </EmptyState>
      )}
      {orders.length > 0 && <UnreadNote tokens={tokensById} grants={grants} />}
      {orders.length > 0 && (
        <PurchaseList
          orders={orders}
          tokens={tokensById}
          askOfLine={mayGrant ? ofGrant.ask : undefined}
          askOfToken={mayChangeTokens ? ofToken.ask : undefined}
        />
      )}
      <LoadMore query={query} shown={grants.length} />
      {ofGrant.dialogs}
      {ofToken.dialogs}
    </Card>
  );
}

/** What nobody can use looks as if everything were well. */
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
        None of their active tokens opens the lines of their orders, so composer gets nothing of them. A new token can:
        choose “Also what is granted to the customer”.
      </Note>
    </div>
  );
}
