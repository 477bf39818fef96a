import { useState } from "react";
import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { LoadMore } from "../../ui/load-more.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import { MailList } from "./mail-list.tsx";
import { useMails } from "./mails.ts";

/** What one token's or one customer's buyer was mailed; nothing where nothing ever was. */
export function MailsCard({ of }: { of: { tokenId: string } | { customerId: string; shop: string } }) {
  const [filter] = useState("tokenId" in of ? { token_id: of.tokenId } : { customer_id: of.customerId, shop: of.shop });
  const query = useMails(filter, 10);
  const mails = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (query.isSuccess && mails.length === 0) return null;
  return (
    <Card title="Mails" description="What they were told, and what waits to be sent." flush>
      {query.isPending && <SkeletonRows rows={2} />}
      {query.error !== null && <ErrorNote error={query.error} className="m-4" onRetry={() => void query.refetch()} />}
      {mails.length > 0 && <MailList mails={mails} withToken={!("tokenId" in of)} />}
      <LoadMore query={query} shown={mails.length} />
    </Card>
  );
}
