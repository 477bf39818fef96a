import { useState } from "react";
import { useParams } from "react-router";
import { ApiError } from "../api/errors.ts";
import { useMay } from "../api/session.ts";
import { useAuditEvents } from "../features/audit/audit-events.ts";
import { GuestActions } from "../features/customers/guest-actions.tsx";
import { HistoryCard } from "../features/customers/history-card.tsx";
import { ExplainLink } from "../features/explain/explain-link.tsx";
import { MailsCard } from "../features/mails/mails-card.tsx";
import { SharingNotes } from "../features/sharing/sharing-notes.tsx";
import { useSharingSignals } from "../features/sharing/sharing.ts";
import { LeakNotes } from "../features/tokens/leak-notes.tsx";
import { OpenedPackages } from "../features/tokens/opened-packages.tsx";
import { TokenActions } from "../features/tokens/token-actions.tsx";
import { TokenFacts } from "../features/tokens/token-facts.tsx";
import { TokenMetadata } from "../features/tokens/token-metadata.tsx";
import { TokenVerdict } from "../features/tokens/token-verdict.tsx";
import { nameOf, useToken } from "../features/tokens/tokens.ts";
import type { TokenWithUsage } from "../features/tokens/tokens.ts";
import { usePatternsInForce } from "../features/tokens/use-patterns-in-force.ts";
import { useTokenDialogs } from "../features/tokens/use-token-dialogs.tsx";
import { UsageCard } from "../features/usage/usage-card.tsx";
import { StateBadge } from "../ui/badge.tsx";
import { ButtonLink } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Page } from "../ui/page.tsx";
import { Skeleton } from "../ui/skeleton.tsx";

const CRUMBS = [{ to: "/tokens", label: "Tokens" }];

export function Component() {
  const { id = "" } = useParams();
  const token = useToken(id);
  const sharing = useSharingSignals({ tokenId: id });
  if (token.data !== undefined && !sharing.isLoading) return <TokenPage key={id} token={token.data} />;
  const isGone = token.error instanceof ApiError && token.error.status === 404;
  return (
    <Page title={isGone ? "No such token" : "Token"} crumbs={CRUMBS}>
      {(token.isPending || token.data !== undefined) && (
        <>
          <Skeleton className="h-19 w-full rounded-xl" />
          <Skeleton className="h-96 w-full rounded-xl" />
        </>
      )}
      {isGone && (
        <EmptyState title="There is no token with this id" action={<ButtonLink to="/tokens">All tokens</ButtonLink>}>
          Search for it by its last four characters, the order or the customer.
        </EmptyState>
      )}
      {token.error !== null && !isGone && <ErrorNote error={token.error} onRetry={() => void token.refetch()} />}
    </Page>
  );
}

function TokenPage({ token }: { token: TokenWithUsage }) {
  const { ask, dialogs } = useTokenDialogs();
  const mayChange = useMay("tokens:write");
  const mayReadUsage = useMay("usage:read");
  const mayReadAudit = useMay("audit:read");
  const mayReadCustomers = useMay("customers:read");
  const [historyOf] = useState({ target_id: token.id });
  const history = useAuditEvents(historyOf, 20);
  const name = nameOf(token);
  const patterns = usePatternsInForce(token);
  return (
    <Page
      title={name}
      heading={
        <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
          <span className="min-w-0 [overflow-wrap:anywhere]">{name}</span>
          <StateBadge state={token.status} />
        </span>
      }
      description={token.description === name ? undefined : token.description}
      crumbs={CRUMBS}
      actions={
        <>
          <ExplainLink asked={{ tokenId: token.id }} />
          {mayChange && <TokenActions token={token} ask={ask} />}
          <GuestActions token={token} />
        </>
      }
    >
      <TokenVerdict token={token} />
      <LeakNotes leaks={token.leaks} />
      <SharingNotes of={{ tokenId: token.id }} />
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
        <div className="flex min-w-0 flex-col gap-5">
          <TokenFacts token={token} ask={mayChange && token.status !== "revoked" ? ask : undefined} />
          <TokenMetadata token={token} />
        </div>
        <div className="flex min-w-0 flex-col gap-5">
          <OpenedPackages token={token} patterns={patterns} />
          {mayReadUsage && <UsageCard of={{ tokenId: token.id }} />}
        </div>
      </div>
      {mayReadCustomers && <MailsCard of={{ tokenId: token.id }} />}
      {mayReadAudit && <HistoryCard query={history} empty="Nothing was recorded." />}
      {dialogs}
    </Page>
  );
}
