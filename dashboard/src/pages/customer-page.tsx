import { Ban, KeyRound, Pencil, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { useParams } from "react-router";
import { ApiError } from "../api/errors.ts";
import { useMay } from "../api/session.ts";
import { CustomerSummary } from "../features/customers/customer-summary.tsx";
import { useCustomer, useHistoryOfCustomer, useTokensOfCustomer } from "../features/customers/customers.ts";
import type { Customer } from "../features/customers/customers.ts";
import { EmailDialog } from "../features/customers/email-dialog.tsx";
import { HistoryCard } from "../features/customers/history-card.tsx";
import { RevokeEverythingDialog } from "../features/customers/revoke-everything-dialog.tsx";
import { GrantCard } from "../features/grants/grant-card.tsx";
import { useGrantsOfCustomer } from "../features/grants/grants.ts";
import { NewTokenDialog } from "../features/tokens/new-token-dialog.tsx";
import { TokenTable } from "../features/tokens/token-table.tsx";
import { UsageCard } from "../features/usage/usage-card.tsx";
import { Button, ButtonLink, IconButton } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { CopyIcon } from "../ui/copy-button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Note } from "../ui/note.tsx";
import { Page } from "../ui/page.tsx";
import { Skeleton, SkeletonRows } from "../ui/skeleton.tsx";

const CRUMBS = [{ to: "/customers", label: "Customers" }];

export function Component() {
  const { shop = "", customerId = "" } = useParams();
  const customer = useCustomer(customerId, shop);
  if (customer.data !== undefined) return <CustomerPage key={customer.data.id} customer={customer.data} />;
  const isGone = customer.error instanceof ApiError && customer.error.status === 404;
  return (
    <Page title={isGone ? "No such customer" : `Customer ${customerId}`} crumbs={CRUMBS}>
      {customer.isPending && (
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

type Asked = "email" | "new-token" | "revoke";

function CustomerPage({ customer }: { customer: Customer }) {
  const { customer_id: customerId, shop } = customer;
  const [asked, setAsked] = useState<Asked>();
  const tokens = useTokensOfCustomer(customerId, shop);
  const grants = useGrantsOfCustomer(customerId, shop);
  const history = useHistoryOfCustomer(customerId, shop);
  const mayChange = useMay("customers:write");
  const maySell = useMay("tokens:write");
  const mayReadUsage = useMay("usage:read");
  const name = customer.email ?? (customer.erased_at === null ? `Customer ${customerId}` : "Erased customer");
  const tokensById = useMemo(() => new Map((tokens.data ?? []).map((token) => [token.id, token])), [tokens.data]);
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
            {mayChange && (
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
          {newToken}
          {mayChange && customer.tokens.active + customer.tokens.expired > 0 && (
            <Button kind="danger" icon={<Ban className="size-4" />} onClick={() => setAsked("revoke")}>
              Revoke everything
            </Button>
          )}
        </>
      }
    >
      {customer.erased_at !== null && <Note>Personal values of this customer were erased.</Note>}
      <CustomerSummary
        customer={customer}
        tokens={tokens.data}
        grants={grants.data?.pages.flatMap((page) => page.items)}
      />
      <Card title="Tokens" description="What composer on their machines logs in with." flush>
        {tokens.isPending && <SkeletonRows rows={2} />}
        {tokens.error !== null && <ErrorNote error={tokens.error} className="m-4" />}
        {tokens.data?.length === 0 && (
          <EmptyState icon={<KeyRound />} title="No token" action={newToken}>
            They cannot install anything without one.
          </EmptyState>
        )}
        {tokens.data !== undefined && tokens.data.length > 0 && (
          <TokenTable tokens={tokens.data} label="Tokens of the customer" ofOneCustomer />
        )}
      </Card>
      {mayReadUsage && <UsageCard of={{ customerId, shop }} />}
      <GrantCard query={grants} tokens={tokensById} />
      <HistoryCard query={history} empty="Nothing was recorded of this customer." />
      <EmailDialog customer={customer} {...dialog("email")} />
      <RevokeEverythingDialog customer={customer} {...dialog("revoke")} />
      <NewTokenDialog
        {...dialog("new-token")}
        prefill={{ customerId, shop, ...(customer.email === null ? {} : { email: customer.email }) }}
      />
    </Page>
  );
}
