import { KeyRound, Pencil, Plus } from "lucide-react";
import { Suspense, lazy, useState } from "react";
import { useParams } from "react-router";
import { ApiError } from "../api/errors.ts";
import { useMay } from "../api/session.ts";
import { CustomerActions } from "../features/customers/customer-actions.tsx";
import { CustomerState } from "../features/customers/customer-state.tsx";
import { CustomerSummary } from "../features/customers/customer-summary.tsx";
import { useCustomer, useHistoryOfCustomer, useTokensOfCustomer } from "../features/customers/customers.ts";
import type { NamedCustomer } from "../features/customers/customers.ts";
import { EmailDialog } from "../features/customers/email-dialog.tsx";
import { ExplainLink } from "../features/explain/explain-link.tsx";
import { useGrantsOfCustomer } from "../features/grants/grants.ts";
import { PurchaseCard } from "../features/grants/purchase-card.tsx";
import { hasOwnEnd } from "../features/grants/purchases.ts";
import { FailedMailsNote } from "../features/mails/failed-mails-note.tsx";
import { CustomerNames } from "../features/moves/customer-names.tsx";
import { CredentialTable } from "../features/tokens/credential-table.tsx";
import { SharingNotes } from "../features/sharing/sharing-notes.tsx";
import { useSharingSignals } from "../features/sharing/sharing.ts";
import { Button, ButtonLink, IconButton } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { CopyIcon } from "../ui/copy-button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Page } from "../ui/page.tsx";
import { Skeleton, SkeletonRows } from "../ui/skeleton.tsx";

// Below the fold or not open yet, and a seventh of what is loaded: support sees who it is before that is there.
const UsageCard = lazy(async () => ({ default: (await import("../features/usage/usage-card.tsx")).UsageCard }));
const MailsCard = lazy(async () => ({ default: (await import("../features/mails/mails-card.tsx")).MailsCard }));
const MovesCard = lazy(async () => ({ default: (await import("../features/moves/moves-card.tsx")).MovesCard }));
const NewTokenDialog = lazy(async () => ({
  default: (await import("../features/tokens/new-token-dialog.tsx")).NewTokenDialog,
}));
const HistoryCard = lazy(async () => ({
  default: (await import("../features/customers/history-card.tsx")).HistoryCard,
}));

const CRUMBS = [{ to: "/customers", label: "Customers" }];

function CardSkeleton() {
  return <Skeleton className="h-72 w-full rounded-xl" />;
}

export function Component() {
  const { shop = "", customerId = "" } = useParams();
  const customer = useCustomer(customerId, shop);
  const sharing = useSharingSignals({ customerId, shop });
  if (customer.data !== undefined && !sharing.isLoading)
    return <CustomerPage key={customer.data.id} customer={customer.data} />;
  const isGone = customer.error instanceof ApiError && customer.error.status === 404;
  return (
    <Page title={isGone ? "No such customer" : `Customer ${customerId}`} crumbs={CRUMBS}>
      {(customer.isPending || customer.data !== undefined) && (
        <>
          <Skeleton className="h-26 w-full rounded-xl" />
          <Skeleton className="h-72 w-full rounded-xl" />
        </>
      )}
      {isGone && (
        <EmptyState
          title={`The shop ${shop} has no customer ${customerId}`}
          action={<ButtonLink to="/customers">All customers</ButtonLink>}
        >
          Search for the e-mail address, an order or the last four characters of a token.
        </EmptyState>
      )}
      {customer.error !== null && !isGone && (
        <ErrorNote error={customer.error} onRetry={() => void customer.refetch()} />
      )}
    </Page>
  );
}

type Asked = "email" | "new-token";

function CustomerPage({ customer }: { customer: NamedCustomer }) {
  const { customer_id: customerId, shop } = customer;
  const [asked, setAsked] = useState<Asked>();
  const tokens = useTokensOfCustomer(customerId, shop);
  const grants = useGrantsOfCustomer(customerId, shop);
  const history = useHistoryOfCustomer(customerId, shop);
  const mayChange = useMay("customers:write");
  const isErased = customer.erased_at !== null;
  const maySell = useMay("tokens:write") && !isErased;
  const mayReadUsage = useMay("usage:read");
  const name = customer.email ?? (customer.erased_at === null ? `Customer ${customerId}` : "Erased customer");
  const granted = grants.data?.pages.flatMap((page) => page.items);
  const dialog = (which: Asked) => ({ open: asked === which, onClose: () => setAsked(undefined) });
  const newToken = maySell && (
    <Button kind="primary" icon={<Plus className="size-4" />} onClick={() => setAsked("new-token")}>
      New token
    </Button>
  );
  return (
    <Page
      title={name}
      heading={
        <>
          {name}{" "}
          <span className="inline-flex align-middle whitespace-nowrap">
            {customer.email !== null && <CopyIcon text={customer.email} label="Copy e-mail" />}
            {mayChange && !isErased && (
              <IconButton label="Change e-mail" className="size-7" onClick={() => setAsked("email")}>
                <Pencil className="size-3.5" />
              </IconButton>
            )}
          </span>
        </>
      }
      description={
        <span className="inline-flex flex-wrap items-center gap-x-1">
          Customer {customerId} <CopyIcon text={customerId} label="Copy customer id" /> of the shop {shop}
        </span>
      }
      crumbs={CRUMBS}
      actions={
        <>
          <ExplainLink asked={{ customer: { customerId, shop } }} />
          {newToken}
          <CustomerActions customer={customer} />
        </>
      }
    >
      <CustomerState customer={customer} />
      <CustomerNames customer={customer} />
      <FailedMailsNote customer={customer} onCorrect={() => setAsked("email")} />
      <SharingNotes of={{ customerId, shop }} namesToken />
      <CustomerSummary customer={customer} tokens={tokens.data} grants={granted} />
      <PurchaseCard
        of={{ customerId, shop }}
        query={grants}
        tokens={tokens.isPending ? undefined : (tokens.data ?? [])}
        isFinal={isErased}
      />
      <Card
        title="Tokens"
        description="What composer on their machines logs in with; each opens a part of what they bought, or all of it."
        flush
      >
        {tokens.isPending && <SkeletonRows rows={2} />}
        {tokens.error !== null && <ErrorNote error={tokens.error} className="m-4" />}
        {tokens.data?.length === 0 && (
          <EmptyState icon={<KeyRound />} title="No token" action={newToken}>
            They cannot install anything without one.
          </EmptyState>
        )}
        {tokens.data !== undefined && tokens.data.length > 0 && (
          <CredentialTable
            tokens={tokens.data}
            email={customer.email}
            endsByItself={(token) => hasOwnEnd(token, granted ?? [])}
          />
        )}
      </Card>
      <Suspense fallback={<CardSkeleton />}>
        {mayReadUsage && <UsageCard of={{ customerId, shop }} />}
        <MailsCard of={{ customerId, shop }} />
        <MovesCard of={{ customerId, shop }} />
        <HistoryCard query={history} empty="Nothing was recorded of this customer." />
      </Suspense>
      <EmailDialog customer={customer} {...dialog("email")} />
      <Suspense fallback={null}>
        <NewTokenDialog
          {...dialog("new-token")}
          prefill={{ customerId, shop, ...(customer.email === null ? {} : { email: customer.email }) }}
        />
      </Suspense>
    </Page>
  );
}
