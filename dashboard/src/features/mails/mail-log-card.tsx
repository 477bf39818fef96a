import { Mail as MailIcon } from "lucide-react";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { LoadMore } from "../../ui/load-more.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import { StateSelect } from "../../ui/state-select.tsx";
import { useFilters } from "../../ui/use-filters.ts";
import { MailList } from "./mail-list.tsx";
import { STATES, useMails } from "./mails.ts";

/** Everything customers were mailed. `?state=` narrows it. */
export function MailLogCard() {
  const [filters, setFilters] = useFilters(["state"]);
  const state = STATES.find(({ state: one }) => one === filters.state)?.state;
  const query = useMails(state === undefined ? {} : { state }, 20);
  const mails = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card
      flush
      title="Sent and waiting"
      description="Newest first. One that nobody takes is tried again for three days."
      actions={<StateSelect states={STATES} value={state} onChange={(chosen) => setFilters({ state: chosen })} />}
    >
      {query.isPending && <SkeletonRows rows={4} />}
      {query.error !== null && <ErrorNote error={query.error} className="m-5" onRetry={() => void query.refetch()} />}
      {query.isSuccess && mails.length === 0 && (
        <EmptyState icon={<MailIcon />} title={state === undefined ? "No mail yet" : "None is in this state"}>
          {state === undefined && (
            <>
              Customers are mailed when a sale says <code>&quot;notify&quot;: true</code>, or the management token does.
            </>
          )}
        </EmptyState>
      )}
      {mails.length > 0 && <MailList mails={mails} withToken />}
      <LoadMore query={query} shown={mails.length} />
    </Card>
  );
}
